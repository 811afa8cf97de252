/**
 * One-time sign-in links and the sessions that they turn into.
 *
 * Guarantees that a link works once and not for long, and that what is stored can't be used to sign in. Each
 * making, use and failure of a link is on record.
 */
import { GatewayError } from "#/core/errors.ts";
import type { PersonId } from "#/core/ids.ts";
import type { Person } from "#/core/principal.ts";
import type { RecordDraft, RecordType } from "#/core/record.ts";
import type { Clock } from "#/platform/clock.ts";
import type { Store } from "#/store/store.ts";
import type { People } from "./people.ts";
import { newToken, tokenHash } from "./tokens.ts";

export const linkLifeMs = 15 * 60 * 1000;
export const sessionLifeMs = 8 * 60 * 60 * 1000;

export interface SignInDeps {
  readonly store: Pick<
    Store,
    "append" | "saveSignInLink" | "signInLink" | "redeemSignInLink" | "signInSession"
  >;
  readonly people: People;
  readonly clock: Clock;
}

/** An administrator, the holder of the data folder's credential, or the gateway itself in the quickstart. */
export type LinkMaker = PersonId | "operator" | "gateway";

export async function makeLink(
  { store, clock }: SignInDeps,
  person: Person,
  by: LinkMaker,
): Promise<{ readonly code: string; readonly expiresAt: number }> {
  const code = newToken("link");
  const now = clock.now();
  const expiresAt = now + linkLifeMs;
  const link = { hash: tokenHash(code), person: person.id, createdAt: now, expiresAt };
  await store.saveSignInLink(link, [record("sign_in.link_made", now, { person: person.id, by })]);
  return { code, expiresAt };
}

export interface Session {
  readonly person: Person;
  readonly token: string;
  readonly expiresAt: number;
}

/** Throws `identity.link_expired`, `identity.link_used` or `api.unauthenticated`. */
export async function redeemLink(deps: SignInDeps, code: string): Promise<Session> {
  const { store, people, clock } = deps;
  const now = clock.now();
  const hash = tokenHash(code);
  const link = await store.signInLink(hash);
  const person = link === null ? null : people.byId(link.person);
  // A guess leaves no trace of its own: records of strangers would be theirs to multiply.
  if (link === null || person === null) {
    throw new GatewayError(
      "api.unauthenticated",
      "The sign-in link is not valid. Ask for a new one.",
    );
  }
  if (link.expiresAt <= now) {
    await store.append([record("sign_in.failed", now, { person: person.id, why: "expired" })]);
    throw new GatewayError(
      "identity.link_expired",
      "The sign-in link has expired. Ask for a new one.",
    );
  }
  const token = newToken("session");
  const expiresAt = now + sessionLifeMs;
  const session = { hash: tokenHash(token), person: person.id, createdAt: now, expiresAt };
  const result = await store.redeemSignInLink(hash, session, [
    record("sign_in.succeeded", now, { person: person.id }),
  ]);
  if (result !== "redeemed") {
    await store.append([record("sign_in.failed", now, { person: person.id, why: "used" })]);
    throw new GatewayError(
      "identity.link_used",
      "The sign-in link was used before. Ask for a new one.",
    );
  }
  return { person, token, expiresAt };
}

export async function openSessionOf(
  deps: SignInDeps,
  token: string,
): Promise<Omit<Session, "token"> | null> {
  const session = await deps.store.signInSession(tokenHash(token));
  if (session === null || session.expiresAt <= deps.clock.now()) return null;
  const person = deps.people.byId(session.person);
  return person === null ? null : { person, expiresAt: session.expiresAt };
}

function record(type: RecordType, at: number, body: RecordDraft["body"]): RecordDraft {
  return { type, at, action: null, review: null, body, payload: null };
}
