/** Redeems sign-in links, for whatever carries the session, with one count of what fails. */
import type { Context } from "hono";
import { GatewayError } from "#/core/errors.ts";
import type { Carrier } from "#/identity/sessions.ts";
import { redeemLink, type Session, type SignInDeps } from "#/identity/sign-in.ts";
import { tokenHash } from "#/identity/tokens.ts";
import { type Attempts, addressKey } from "./attempts.ts";
import { type ApiEnv, tooManyAttempts } from "./guard.ts";

export type Redeem = (context: Context<ApiEnv>, code: string, carrier: Carrier) => Promise<Session>;

export function createRedeem(deps: SignInDeps, attempts: Attempts): Redeem {
  return async (context, code, carrier) => {
    const address = addressKey(context.env.incoming.socket.remoteAddress ?? "");
    // Each failure of a link that was real is on record; so nobody may repeat one at will.
    const link = `link ${tokenHash(code)}`;
    if (attempts.exhausted(link)) throw tooManyAttempts();
    try {
      return await redeemLink(deps, code, carrier);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      attempts.failed(error.code === "api.unauthenticated" ? address : link);
      throw attempts.exhausted(address) ? tooManyAttempts() : error;
    }
  };
}
