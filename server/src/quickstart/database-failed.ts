import { GatewayError } from "#/core/errors.ts";

/** The one failure of this folder: whoever started the gateway reads the message and can act on it. */
export function databaseFailed(message: string, cause?: unknown): GatewayError {
  return new GatewayError("quickstart.database_failed", message, { cause });
}
