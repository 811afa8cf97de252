/**
 * Who may call what: the API's only door.
 *
 * Guarantees that a handler behind `people`, `deciders` or `administrators` never runs for an agent,
 * whatever the agent presents: there is no other way to a caller than through here. A route that names
 * nobody does not come up at all (`app.ts`).
 */
import type { HttpBindings } from "@hono/node-server";
import { createMiddleware } from "hono/factory";
import type { MiddlewareHandler } from "hono/types";
import { GatewayError } from "#/core/errors.ts";
import { type AuthenticationDeps, authenticate, type Credential } from "#/identity/authenticate.ts";
import { type Caller, mayAdminister, mayDecide } from "#/identity/caller.ts";
import { type Attempts, addressKey } from "./attempts.ts";
import { jsonBody } from "./body.ts";
import { credentialOf } from "./credential.ts";

/** `people` are all but agents; `deciders` those who can vote. */
export const accesses = ["public", "anyone", "people", "deciders", "administrators"] as const;
export type Access = (typeof accesses)[number];

export interface ApiEnv {
  /** `know`: whoever is on this connection is not a stranger, and no agent. */
  readonly Bindings: HttpBindings & { readonly know: () => void };
  readonly Variables: { readonly caller: Caller; readonly credential: Credential };
}

/** What a route declares so that it is guarded. */
export interface Guarded {
  readonly "x-access": Access;
  readonly security: Readonly<Record<string, string[]>>[];
  readonly middleware: MiddlewareHandler<ApiEnv>[];
}

export type Guard = (access: Access) => Guarded;

export interface GuardDeps {
  readonly authentication: AuthenticationDeps;
  readonly publicUrl: () => string;
}

export function createGuard(deps: GuardDeps, attempts: Attempts): Guard {
  return (access) => ({
    "x-access": access,
    security: access === "public" ? [] : [{ bearer: [] }, { cookie: [] }],
    middleware: [...(access === "public" ? [] : [authorize(access, deps, attempts)]), ...jsonBody],
  });
}

type Authenticated = Exclude<Access, "public">;

const admits: Readonly<Record<Authenticated, (caller: Caller) => boolean>> = {
  anyone: () => true,
  people: ({ kind }) => kind !== "agent",
  deciders: mayDecide,
  administrators: mayAdminister,
};

function authorize(
  access: Authenticated,
  { authentication, publicUrl }: GuardDeps,
  attempts: Attempts,
): MiddlewareHandler<ApiEnv> {
  return createMiddleware<ApiEnv>(async (context, next) => {
    const address = addressKey(context.env.incoming.socket.remoteAddress ?? "");
    const credential = credentialOf(context, publicUrl());
    const caller = await authenticateCounting(authentication, attempts, address, credential);
    // An agent could keep people from deciding by holding all places.
    if (caller.kind !== "agent") context.env.know();
    if (!admits[access](caller))
      throw new GatewayError("identity.forbidden", forbiddenText(caller));
    context.set("caller", caller);
    context.set("credential", credential);
    await next();
  });
}

async function authenticateCounting(
  deps: AuthenticationDeps,
  attempts: Attempts,
  address: string,
  credential: Credential,
): Promise<Caller> {
  try {
    return await authenticate(deps, credential);
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== "api.unauthenticated") throw error;
    attempts.failed(address);
    throw attempts.exhausted(address) ? tooManyAttempts() : error;
  }
}

/** For whoever has failed too often, in place of the reason. */
export function tooManyAttempts(): GatewayError {
  return new GatewayError(
    "api.too_many_attempts",
    "Too many credentials that are not valid came from this address. Try again in a minute.",
  );
}

/** Why a route that this kind of caller may not use is refused to it. */
export function forbiddenText(caller: Caller): string {
  switch (caller.kind) {
    case "agent":
      return "An agent's token can't decide, administer, or read reviews and the log. A person has to.";
    case "operator":
      return "The data folder's credential administers and can't decide. Make a sign-in link with `countersign person link NAME`, and sign in with it.";
    case "person":
      return "Only administrators may do that.";
  }
}
