/** What tells one message of a device from the next. */
export interface LoadMessage {
  readonly n: number
  /** ms since the epoch: 13 digits. */
  readonly ts: number
  /** 0 at QoS 0. */
  readonly packetId: number
  /** Sets the DUP flag. */
  readonly isResent: boolean
}

/** Writes the PUBLISH packets of one device. */
export interface MessageWriter {
  /** No packet is longer. */
  readonly maxBytes: number
  /**
   * Appends one packet.
   *
   * @param into - has `maxBytes` left after `offset`.
   * @returns the offset after the packet.
   */
  write(into: Buffer, offset: number, message: LoadMessage): number
}
