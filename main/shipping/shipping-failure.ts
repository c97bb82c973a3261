/** A receiver has not taken what was sent; `code` is what people are shown. */
export class ShippingFailure extends Error {
  override readonly name = 'ShippingFailure';
  /** Node's or OpenSSL's own (`ECONNREFUSED`, `CERT_HAS_EXPIRED`), `http_503`, `timeout` or `closed_early`. */
  readonly code: string;
  constructor(code: string, cause?: unknown) {
    super(`the receiver has not taken what was sent: ${code}`, { cause });
    this.code = code;
  }
}
