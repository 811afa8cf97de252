/** Branded identifiers, so that one kind can't be handed over for another. */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** One proposed action: `act_` and 26 characters that sort by time. */
export type ActionId = Branded<"ActionId">;
/** One review: `rev_` and 26 characters that sort by time. */
export type ReviewId = Branded<"ReviewId">;
/** One live caller that can wait for a review: a session of a client, in this process. */
export type CallerId = Branded<"CallerId">;
/** A person in the log: opaque, derived with a key from issuer and subject. */
export type PersonId = Branded<"PersonId">;
/** Lower-case hex SHA-256. */
export type Digest = Branded<"Digest">;
