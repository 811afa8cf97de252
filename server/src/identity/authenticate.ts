/**
 * From a bearer token to who it is. Fails closed: a token that is not known is nobody's.
 *
 * The data folder's credential belongs to whoever can read the folder. It administers; only while every
 * connection is the bundled sample does it also vote, as the quickstart's own person, and then with the
 * weakest assurance there is (SEMANTICS §5).
 */
import { timingSafeEqual } from "node:crypto";
import { GatewayError } from "#/core/errors.ts";
import type { Person } from "#/core/principal.ts";
import type { Agents } from "./agents.ts";
import type { Caller } from "./caller.ts";
import { openSessionOf, type SignInDeps } from "./sign-in.ts";
import type { SignInFailures } from "./sign-in-failures.ts";
import { tokenHash, tokenKind } from "./tokens.ts";

export interface AuthenticationDeps extends SignInDeps {
  readonly agents: Agents;
  readonly failures: SignInFailures;
  /** Hash of the data folder's credential. */
  readonly operatorHash: string;
  /** Whom that credential votes as; null anywhere but in the quickstart. */
  readonly demoPerson: Person | null;
}

/** Throws `api.unauthenticated`. */
export async function authenticate(deps: AuthenticationDeps, token: string): Promise<Caller> {
  const caller = await callerOf(deps, token);
  if (caller !== null) return caller;
  deps.failures.note("api");
  throw new GatewayError(
    "api.unauthenticated",
    "The credential is not valid or has expired. Sign in again.",
  );
}

async function callerOf(deps: AuthenticationDeps, token: string): Promise<Caller | null> {
  switch (tokenKind(token)) {
    case "agent": {
      const agent = deps.agents.byToken(token);
      return agent === null ? null : { kind: "agent", principal: agent.principal };
    }
    case "session": {
      const session = await openSessionOf(deps, token);
      if (session === null) return null;
      const { person, expiresAt } = session;
      const administrator = deps.people.isAdministrator(person.id);
      return {
        kind: "person",
        person,
        assurance: "session",
        administrator,
        signedInUntil: expiresAt,
      };
    }
    case "operator":
      return isOperator(deps, token) ? operatorCaller(deps) : null;
    case "link":
    case null:
      return null;
  }
}

function isOperator({ operatorHash }: AuthenticationDeps, token: string): boolean {
  return timingSafeEqual(Buffer.from(tokenHash(token), "hex"), Buffer.from(operatorHash, "hex"));
}

function operatorCaller({ demoPerson }: AuthenticationDeps): Caller {
  if (demoPerson === null) return { kind: "operator" };
  return {
    kind: "person",
    person: demoPerson,
    assurance: "local-demo",
    administrator: true,
    signedInUntil: null,
  };
}
