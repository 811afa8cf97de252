/**
 * From a credential to who it is. Fails closed: a token that is not known is nobody's, and so is one that
 * did not come in the way in which its kind travels.
 *
 * The data folder's credential belongs to whoever can read the folder. It administers; only while every
 * connection is the bundled sample does it also vote, as the quickstart's own person, and then with the
 * weakest assurance there is (SEMANTICS §5).
 */
import { timingSafeEqual } from "node:crypto";
import { GatewayError } from "#/core/errors.ts";
import type { Agents } from "./agents.ts";
import type { Caller } from "./caller.ts";
import { type Carrier, openSessionOf } from "./sessions.ts";
import type { SignInDeps } from "./sign-in.ts";
import type { SignInFailures } from "./sign-in-failures.ts";
import { type TokenKind, tokenHash, tokenKind } from "./tokens.ts";

export interface AuthenticationDeps extends SignInDeps {
  readonly agents: Agents;
  readonly failures: SignInFailures;
  /** Hash of the data folder's credential. */
  readonly operatorHash: string;
}

export interface Credential {
  readonly token: string;
  readonly carrier: Carrier;
  /** A person asked for this; else it keeps no session from becoming idle. */
  readonly isActivity: boolean;
}

/** Throws `api.unauthenticated`. */
export async function authenticate(
  deps: AuthenticationDeps,
  credential: Credential,
): Promise<Caller> {
  const caller = await findCaller(deps, credential);
  if (caller !== null) return caller;
  deps.failures.note("api");
  throw new GatewayError(
    "api.unauthenticated",
    "The credential is not valid or has expired. Sign in again.",
  );
}

/** Null where it is nobody's; without counting that as a failure. */
export async function findCaller(
  deps: AuthenticationDeps,
  { token, carrier, isActivity }: Credential,
): Promise<Caller | null> {
  const kind = tokenKind(token);
  if (kind === null || carrierOf[kind] !== carrier) return null;
  switch (kind) {
    case "agent": {
      const agent = deps.agents.byToken(token);
      return agent === null ? null : { kind: "agent", principal: agent.principal };
    }
    case "session":
    case "browser": {
      const session = await openSessionOf(deps, token, isActivity);
      if (session === null) return null;
      const { person, assurance, vouchers, hash, expiresAt } = session;
      const administrator = deps.people.isAdministrator(person.id);
      return {
        kind: "person",
        person,
        assurance,
        vouchers,
        administrator,
        session: { hash, expiresAt },
      };
    }
    case "operator":
      return isOperator(deps, token) ? operatorCaller(deps) : null;
    case "link":
      return null;
  }
}

/** A cookie is sent along by the browser, whoever's page asks: so it carries nothing but its own kind. */
const carrierOf: Readonly<Record<TokenKind, Carrier | null>> = {
  agent: "header",
  session: "header",
  browser: "cookie",
  operator: "header",
  link: null,
};

function isOperator({ operatorHash }: AuthenticationDeps, token: string): boolean {
  return timingSafeEqual(Buffer.from(tokenHash(token), "hex"), Buffer.from(operatorHash, "hex"));
}

function operatorCaller({ demoPerson }: AuthenticationDeps): Caller {
  if (demoPerson === null) return { kind: "operator" };
  return {
    kind: "person",
    person: demoPerson,
    assurance: "local-demo",
    vouchers: [],
    administrator: true,
    session: null,
  };
}
