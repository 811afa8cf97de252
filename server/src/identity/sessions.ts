/**
 * Signed-in sessions: who holds one, until when, and its end.
 *
 * Guarantees that a session is good only where it was given out (a browser's in its cookie, the command
 * line's in the header), only while its person is configured, and never again once it has ended.
 */
import type { PersonId } from "#/core/ids.ts";
import type { Assurance, Person } from "#/core/principal.ts";
import type { Clock } from "#/platform/clock.ts";
import type { Store } from "#/store/store.ts";
import type { SignInLink, SignInSession } from "#/store/stored.ts";
import type { People } from "./people.ts";
import { signInRecord } from "./sign-in-records.ts";
import { newToken, type TokenKind, tokenHash } from "./tokens.ts";

/** How a session's token travels. */
export type Carrier = "header" | "cookie";

export interface SessionLimits {
  /** Of a browser's session without use. */
  readonly sessionIdleMs: number;
  readonly sessionMaxMs: number;
}

/** Use moves the idle limit this often at most: each move is a write. */
export const touchEveryMs = 60_000;

export interface SessionDeps {
  readonly store: Pick<Store, "signInSession" | "touchSignInSession" | "endSignInSession">;
  readonly people: People;
  readonly clock: Clock;
  readonly limits: SessionLimits;
  /** Whom the data folder's credential and links count as; null anywhere but in the quickstart. */
  readonly demoPerson: Person | null;
}

const sessionTokenOf: Readonly<Record<Carrier, TokenKind>> = {
  header: "session",
  cookie: "browser",
};

/** A session that starts now, and its token, which is nowhere else. */
export function newSession(
  { clock, limits }: Pick<SessionDeps, "clock" | "limits">,
  { person, assurance, vouchers }: Pick<SignInLink, "person" | "assurance" | "vouchers">,
  carrier: Carrier,
): { readonly session: SignInSession; readonly token: string } {
  const token = newToken(sessionTokenOf[carrier]);
  const now = clock.now();
  const session: SignInSession = {
    hash: tokenHash(token),
    person,
    assurance,
    vouchers,
    createdAt: now,
    expiresAt: now + limits.sessionMaxMs,
    // On a command line nobody leaves a page open that could be used by somebody else.
    idleUntil: carrier === "cookie" ? now + limits.sessionIdleMs : null,
  };
  return { session, token };
}

export interface OpenSession {
  readonly hash: string;
  readonly person: Person;
  readonly assurance: Assurance;
  readonly vouchers: readonly PersonId[];
  readonly expiresAt: number;
}

/** Null where it is nobody's. With `isActivity` its idle limit moves. */
export async function openSessionOf(
  deps: SessionDeps,
  token: string,
  isActivity: boolean,
): Promise<OpenSession | null> {
  const { store, people, clock } = deps;
  const session = await store.signInSession(tokenHash(token));
  if (session === null || endOf(session) <= clock.now()) return null;
  const person = people.byId(session.person);
  if (person === null || !isHonoured(session.assurance, deps)) return null;
  if (isActivity) await touch(deps, session);
  const { hash, assurance, vouchers, expiresAt } = session;
  return { hash, person, assurance, vouchers, expiresAt };
}

/** What comes of the sample's links is worth nothing once there is a real configuration (SEMANTICS §5). */
export function isHonoured(
  assurance: Assurance,
  { demoPerson }: Pick<SessionDeps, "demoPerson">,
): boolean {
  return assurance !== "local-demo" || demoPerson !== null;
}

/** For good; of one that has ended before nothing is recorded. */
export async function endSession(
  { store, clock }: Pick<SessionDeps, "store" | "clock">,
  { hash, person }: { readonly hash: string; readonly person: Person },
): Promise<void> {
  const record = signInRecord("sign_in.ended", clock.now(), { person: person.id });
  await store.endSignInSession(hash, [record]);
}

function endOf({ expiresAt, idleUntil }: SignInSession): number {
  return Math.min(expiresAt, idleUntil ?? expiresAt);
}

async function touch({ store, clock, limits }: SessionDeps, session: SignInSession): Promise<void> {
  if (session.idleUntil === null) return;
  const idleUntil = clock.now() + limits.sessionIdleMs;
  if (idleUntil - session.idleUntil < touchEveryMs) return;
  // Where nothing can be written any more, people still see why; the session then ends when it would have.
  await store.touchSignInSession(session.hash, idleUntil).catch(() => {});
}
