import type { OpenChannel } from '../notify/channel-book.ts'

/** Opens a channel by its kind (see `openChannel`). Clients of mail and push are loaded by the first that is opened. */
export const openNotifyChannel: OpenChannel = async ({ kind, settings, secrets }, tools) => {
  const { openChannel } = await import('../../alarms/notify/open-channel.ts')
  return openChannel(kind, { settings, secrets }, tools)
}
