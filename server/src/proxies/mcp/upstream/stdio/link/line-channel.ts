/** A server at the other end of two streams of lines: a program that the gateway started, or one that a client did. */

export interface LineChannel {
  /** One message, without line breaks. Nothing of it is sent unless it is `sent`. */
  send(message: Buffer): "sent" | "full" | "ended";
  /** Reads no more lines until `resume`. */
  pause(): void;
  resume(): void;
  /** Lets it end as the protocol says, and makes it where it does not. Resolves when it has ended. */
  stop(): Promise<void>;
}

export interface LineChannelEvents {
  readonly line: (bytes: Buffer) => void;
  /** So many bytes were no message. */
  readonly leftOut: (bytes: number) => void;
  readonly overlong: (id: number | null) => void;
  /** Once, behind the last line. */
  readonly ended: () => void;
}
