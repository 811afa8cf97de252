/** Who speaks to the API, after authentication. */
import type { PersonId } from "#/core/ids.ts";
import type { Assurance, Person, Principal } from "#/core/principal.ts";

export type Caller =
  | {
      readonly kind: "person";
      readonly person: Person;
      /** Of a verdict given with this sign-in. */
      readonly assurance: Assurance;
      /** Who made the links through which this sign-in came about; what bars them bars its verdicts. */
      readonly vouchers: readonly PersonId[];
      readonly administrator: boolean;
      /** Null for a credential that is no session. `expiresAt`: at the latest, in milliseconds. */
      readonly session: { readonly hash: string; readonly expiresAt: number } | null;
    }
  /** The holder of the data folder's credential where it can't vote: it administers, and no more. */
  | { readonly kind: "operator" }
  | { readonly kind: "agent"; readonly principal: Principal };

/** Only people decide. */
export function mayDecide(caller: Caller): caller is Extract<Caller, { kind: "person" }> {
  return caller.kind === "person";
}

/** Who says something about a review, and how surely it is they. */
export function speakerOf({ person, assurance, vouchers }: Extract<Caller, { kind: "person" }>): {
  readonly person: PersonId;
  readonly assurance: Assurance;
  readonly vouchers: readonly PersonId[];
} {
  return { person: person.id, assurance, vouchers };
}

/** No credential that an agent can hold administers anything. */
export function mayAdminister(caller: Caller): boolean {
  return caller.kind === "operator" || (caller.kind === "person" && caller.administrator);
}
