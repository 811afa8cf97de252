/** Why a server could not be asked, or was asked and did not answer. */
import { GatewayError } from "#/core/errors.ts";

/** `sent`: it may have seen the request, so that nobody knows what came of it. */
export function serverLost(what: string, sent: boolean): GatewayError {
  return new GatewayError("upstream.unreachable", `The tool server ${what}.`, {
    details: { sent },
  });
}
