import { Command } from 'commander'
import type { AuditVerdict } from '../../model/audit.ts'
import type { AlarmVerdict } from '../../storage/state/alarm-store.ts'
import { SenError } from '../../model/errors.ts'
import { withLocalApi } from './local-api.ts'

/** `sen doctor`: whether all is as it should be. */
export function commands(): readonly Command[] {
  return [
    new Command('doctor')
      .description(
        'checks what must not be damaged: the audit log and the history of every alarm, line by line; ends with 1 if something is'
      )
      .action(async () => {
        const [verdict, alarms] = await withLocalApi(async api => [
          (await api.call('GET', '/api/v1/audit/verdict')) as AuditVerdict,
          (await api.call('GET', '/api/v1/alarms/verdict')) as AlarmVerdict
        ])
        const { lines, first, last, faults } = verdict
        for (const fault of alarms.faults) process.stdout.write(`${fault}\n`)
        for (const fault of faults) process.stdout.write(`audit log: ${fault}\n`)
        if (faults.length > 0) {
          throw new SenError('SEN_AUDIT_DAMAGED', `check audit log: ${faults.length} faults in ${lines} lines`, {
            hint: 'Keep the folder SEN_DATA as it is, find out who could write it, and restore the state from a backup.'
          })
        }
        if (alarms.faults.length > 0) {
          throw new SenError(
            'SEN_AUDIT_DAMAGED',
            `check alarms: ${alarms.faults.length} faults in ${alarms.steps} steps`,
            {
              hint: 'Keep the folder SEN_DATA as it is, find out who could write it, and restore the state from a backup.'
            }
          )
        }
        process.stdout.write(`alarms: ${alarms.alarms} with ${alarms.steps} steps, each as it was written\n`)
        const range = lines === 0 ? '' : ` (${first} to ${last})`
        process.stdout.write(`audit log: ${lines} lines${range}, each as it was written\n`)
      })
  ]
}
