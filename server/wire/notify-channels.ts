import { openChannel } from '../../alarms/notify/open-channel.ts'
import type { OpenChannel } from '../notify/channel-book.ts'

/** Opens a channel by its kind (see `openChannel`). */
export const openNotifyChannel: OpenChannel = ({ kind, settings, secrets }, tools) =>
  openChannel(kind, { settings, secrets }, tools)
