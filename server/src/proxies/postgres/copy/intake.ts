/** Who takes the client's messages while a COPY FROM STDIN takes its data. */
import { GatewayError } from "#/core/errors.ts";
import type { Received } from "#/proxies/postgres/wire/inbox.ts";

export interface Intake {
  /** Whether the next message is its own too. */
  readonly isOpen: boolean;
  /**
   * Resolves when it takes the next one; undefined: at once. A message that has no place in the data is the end
   * of the session, as it is for a server.
   */
  take(received: Received): Promise<void> | undefined;
  /** The client asks to cancel. */
  cancel(): void;
  /** The client is gone: nobody will end the data. */
  abandon(): void;
}

export function misplaced(): GatewayError {
  return new GatewayError(
    "postgres.malformed_message",
    "Another message came where the data of a COPY was expected.",
  );
}
