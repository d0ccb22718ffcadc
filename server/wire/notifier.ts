import type { Settings } from '../config.ts'
import { Notifier } from '../notify/notifier.ts'
import type { NotifierProps } from '../notify/notifier.ts'
import { openNotifyChannel } from './notify-channels.ts'

/** What tells people of alarms, not yet started. @param props - `origin`: where Sen can be reached without `SEN_PUBLIC_URL`. */
export function openNotifier(
  { SEN_PUBLIC_URL, SEN_NOTIFY_REACHABLE: reachable }: Settings,
  props: Omit<NotifierProps, 'tools' | 'open'>
): Notifier {
  const { clock, log } = props
  /** Name behind the `@` of Message-IDs. */
  const host = SEN_PUBLIC_URL === undefined ? 'sen.localhost' : new URL(SEN_PUBLIC_URL).hostname
  return new Notifier({
    ...{ ...props, origin: () => SEN_PUBLIC_URL ?? props.origin(), open: openNotifyChannel },
    tools: { clock, log, reachable, host }
  })
}
