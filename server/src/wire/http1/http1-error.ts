/** What keeps to no HTTP/1.1. Its connection is of no further use. */
export type Http1Fault =
  /** Length and transfer coding, several lengths, or one that is no number: two readers could tell two ends. */
  | "ambiguous_length"
  /** The connection ended within a message. */
  | "cut_off"
  | "head_too_large"
  | "malformed_chunk"
  | "malformed_head"
  /** Bytes that belong to no message. */
  | "surplus"
  | "too_many_interim"
  /** A name or a value that no head can carry. */
  | "unwritable"
  /** Another protocol, for which nobody has asked. */
  | "upgraded";

/** Quotes nothing of what came. */
export class Http1Error extends Error {
  override readonly name = "Http1Error";
  readonly fault: Http1Fault;

  constructor(fault: Http1Fault) {
    super(`HTTP/1.1: ${fault}`);
    this.fault = fault;
  }
}
