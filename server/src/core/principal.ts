/** Who acts. A principal is always the result of an authentication, never a claim. */
import type { PersonId } from "./ids.ts";

/** A human being, as an identity provider knows them: the pair (issuer, subject) is the person. */
export interface Person {
  readonly id: PersonId;
  readonly issuer: string;
  readonly subject: string;
  readonly name: string;
  readonly groups: readonly string[];
  /** When the account came to be, in milliseconds; one made after a review opened can't vote on it. */
  readonly since: number;
}

export type PrincipalKind = "agent" | "user" | "service" | "gateway";

export interface Principal {
  readonly kind: PrincipalKind;
  readonly name: string;
  readonly groups: readonly string[];
  /** The person for whom it acts, from a verified token only. */
  readonly onBehalfOf: { readonly id: PersonId; readonly name: string } | null;
  /**
   * Everyone who may never approve what this principal proposes: the person it is, its owner, and
   * everyone in its verified chain of delegation.
   */
  readonly people: readonly PersonId[];
}

/** How surely a verdict came from the person it names, weakest first. */
export const assurances = ["local-demo", "chat", "session", "passkey", "local-hardware"] as const;
export type Assurance = (typeof assurances)[number];

/** Whether `given` is at least as strong as `needed`. */
export function assuranceMeets(given: Assurance, needed: Assurance): boolean {
  return assurances.indexOf(given) >= assurances.indexOf(needed);
}
