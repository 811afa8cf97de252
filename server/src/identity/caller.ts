/** Who speaks to the API, after authentication. */
import type { Assurance, Person, Principal } from "#/core/principal.ts";

export type Caller =
  | {
      readonly kind: "person";
      readonly person: Person;
      /** Of a verdict given with this sign-in. */
      readonly assurance: Assurance;
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

/** No credential that an agent can hold administers anything. */
export function mayAdminister(caller: Caller): boolean {
  return caller.kind === "operator" || (caller.kind === "person" && caller.administrator);
}
