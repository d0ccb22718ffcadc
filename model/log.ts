/** Structured log: fields first, then a constant message. pino's loggers fit. No secrets, no raw payloads in fields. */
export interface Log {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void
  info(fields: Readonly<Record<string, unknown>>, message: string): void
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
  error(fields: Readonly<Record<string, unknown>>, message: string): void
}

function ignore(): void {}

/** Drops everything; for tests that do not look at the log. */
export const silentLog: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
