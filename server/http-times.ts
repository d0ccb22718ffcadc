/** How long HTTP waits for its clients, ms; the same on every door. */
export const httpTimes = {
  connectionTimeout: 60_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 30_000,
  // Together no more than 10 s: who says half a header is gone by then.
  headersTimeout: 8000,
  connectionsCheckingInterval: 1000,
  /** A TLS handshake must end by then. */
  handshakeTimeout: 9000
}
