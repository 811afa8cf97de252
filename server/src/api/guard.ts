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
import { type AuthenticationDeps, authenticate } from "#/identity/authenticate.ts";
import { type Caller, mayAdminister, mayDecide } from "#/identity/caller.ts";
import { type Attempts, addressKey } from "./attempts.ts";
import { jsonBody } from "./body.ts";

/** `people` are all but agents; `deciders` those who can vote. */
export const accesses = ["public", "anyone", "people", "deciders", "administrators"] as const;
export type Access = (typeof accesses)[number];

export interface ApiEnv {
  readonly Bindings: HttpBindings;
  readonly Variables: { readonly caller: Caller };
}

/** What a route declares so that it is guarded. */
export interface Guarded {
  readonly "x-access": Access;
  readonly security: { readonly bearer: string[] }[];
  readonly middleware: MiddlewareHandler<ApiEnv>[];
}

export type Guard = (access: Access) => Guarded;

export function createGuard(deps: AuthenticationDeps, attempts: Attempts): Guard {
  return (access) => ({
    "x-access": access,
    security: access === "public" ? [] : [{ bearer: [] }],
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
  deps: AuthenticationDeps,
  attempts: Attempts,
): MiddlewareHandler<ApiEnv> {
  return createMiddleware<ApiEnv>(async (context, next) => {
    const address = addressKey(context.env.incoming.socket.remoteAddress ?? "");
    const token = bearerToken(context.req.header("authorization"));
    const caller = await authenticateCounting(deps, attempts, address, token);
    if (!admits[access](caller))
      throw new GatewayError("identity.forbidden", forbiddenText(caller));
    context.set("caller", caller);
    await next();
  });
}

async function authenticateCounting(
  deps: AuthenticationDeps,
  attempts: Attempts,
  address: string,
  token: string,
): Promise<Caller> {
  try {
    return await authenticate(deps, token);
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

/** RFC 6750 §2.1. */
function bearerToken(header: string | undefined): string {
  const token = /^Bearer +([A-Za-z0-9._~+/=-]{1,256})$/i.exec(header ?? "")?.[1];
  if (token !== undefined) return token;
  throw new GatewayError(
    "api.unauthenticated",
    "The request has no bearer token. Sign in, or send `Authorization: Bearer TOKEN`.",
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
