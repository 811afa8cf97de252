/**
 * One-time sign-in links and the sessions that they turn into.
 *
 * Guarantees that a link works once and not for long, and that what is stored can't be used to sign in. Each
 * making, use and failure of a link is on record.
 */
import { GatewayError } from "#/core/errors.ts";
import type { PersonId } from "#/core/ids.ts";
import type { Person } from "#/core/principal.ts";
import type { Store } from "#/store/store.ts";
import { type Carrier, isHonoured, newSession, type SessionDeps } from "./sessions.ts";
import { signInRecord } from "./sign-in-records.ts";
import { newToken, tokenHash } from "./tokens.ts";

export const linkLifeMs = 15 * 60 * 1000;

export interface SignInDeps extends SessionDeps {
  readonly store: SessionDeps["store"] &
    Pick<Store, "append" | "saveSignInLink" | "signInLink" | "redeemSignInLink">;
}

/** An administrator, the holder of the data folder's credential, or the gateway itself in the quickstart. */
export type LinkMaker =
  | { readonly person: PersonId; readonly vouchers: readonly PersonId[] }
  | "operator"
  | "gateway";

/** A link of a link of a link: so many people may stand behind one another. */
export const vouchersMax = 16;

export async function makeLink(
  { store, clock, demoPerson }: SignInDeps,
  person: Person,
  by: LinkMaker,
): Promise<{ readonly code: string; readonly expiresAt: number }> {
  const vouchers = vouchersOf(by);
  const code = newToken("link");
  const now = clock.now();
  const expiresAt = now + linkLifeMs;
  const link = {
    hash: tokenHash(code),
    person: person.id,
    // In the quickstart whoever reads the data folder can make one.
    assurance: demoPerson === null ? ("session" as const) : ("local-demo" as const),
    vouchers,
    createdAt: now,
    expiresAt,
  };
  const made = signInRecord("sign_in.link_made", now, {
    person: person.id,
    by: typeof by === "string" ? by : by.person,
  });
  await store.saveSignInLink(link, [made]);
  return { code, expiresAt };
}

/** Whoever makes a link could also be the one who uses it; so what bars them bars the session too. */
function vouchersOf(by: LinkMaker): readonly PersonId[] {
  if (typeof by === "string") return [];
  const vouchers = [...new Set([by.person, ...by.vouchers])];
  if (vouchers.length <= vouchersMax) return vouchers;
  throw new GatewayError(
    "identity.forbidden",
    `This sign-in came about through links of ${vouchersMax} people. Sign in by a link that was made on the gateway's machine.`,
  );
}

/** Whether nobody has used the link and somebody still can. */
export async function isLinkOpen({ store, clock }: SignInDeps, code: string): Promise<boolean> {
  const link = await store.signInLink(tokenHash(code));
  return link !== null && !link.used && link.expiresAt > clock.now();
}

export interface Session {
  readonly person: Person;
  readonly token: string;
  readonly expiresAt: number;
}

/** Throws `identity.link_expired`, `identity.link_used` or `api.unauthenticated`. */
export async function redeemLink(
  deps: SignInDeps,
  code: string,
  carrier: Carrier,
): Promise<Session> {
  const { store, people, clock } = deps;
  const now = clock.now();
  const hash = tokenHash(code);
  const link = await store.signInLink(hash);
  const person = link === null ? null : people.byId(link.person);
  // A guess leaves no trace of its own: records of strangers would be theirs to multiply.
  if (link === null || person === null || !isHonoured(link.assurance, deps)) {
    throw new GatewayError(
      "api.unauthenticated",
      "The sign-in link is not valid. Ask for a new one.",
    );
  }
  const failed = (why: "expired" | "used") =>
    store.append([signInRecord("sign_in.failed", now, { person: person.id, why })]);
  if (link.expiresAt <= now) {
    await failed("expired");
    throw new GatewayError(
      "identity.link_expired",
      "The sign-in link has expired. Ask for a new one.",
    );
  }
  const { session, token } = newSession(deps, link, carrier);
  const result = await store.redeemSignInLink(hash, session, [
    signInRecord("sign_in.succeeded", now, { person: person.id }),
  ]);
  if (result !== "redeemed") {
    await failed("used");
    throw new GatewayError(
      "identity.link_used",
      "The sign-in link was used before. Ask for a new one.",
    );
  }
  return { person, token, expiresAt: session.expiresAt };
}
