import { SenError } from '../../../model/errors.ts'

/** What tells an operator how to go on when the file cannot be read. */
export function rebuildHint(file: string): string {
  return `Stop Sen, delete ${file} and ${file}.wal, and start again: the store is then rebuilt from the raw log.`
}

/**
 * Turns an error of DuckDB into ours. A `SenError` stays as it is.
 * @param operation - what was being done, for the message.
 */
export function failureOf(operation: string, file: string, cause: unknown): SenError {
  if (cause instanceof SenError) return cause
  const text = textOf(cause)
  if (text.includes('Could not set lock on file'))
    return new SenError('SEN_DATA_LOCKED', `${operation} ${file}: another process has it open (${text})`, {
      cause,
      hint: 'Stop the other process first; one process owns the data folder.'
    })
  return new SenError('SEN_SERIES_FAILED', `${operation} ${file}: ${text}`, {
    cause,
    hint: `If the disk is full, make room and start again. If the file is damaged: ${rebuildHint(file)}`
  })
}

export function isOutOfMemory(cause: unknown): boolean {
  return textOf(cause).includes('Out of Memory Error')
}

/** Says whether DuckDB answers nothing any more until the file is opened anew. */
export function isFatal(cause: unknown): boolean {
  return textOf(cause).includes('FATAL Error')
}

function textOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).trim()
}
