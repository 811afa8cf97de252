/** What the API needs to know of a tool server's tools, and the what people can do about them; the composition hands it. */
import type { Deception } from "#/core/deception.ts";
import type { DefinitionState, JsonObject, ToolClaims, ToolClass } from "#/core/facts.ts";
import type { Digest, PersonId } from "#/core/ids.ts";
import type { Json } from "#/core/json.ts";

export interface ToolSource {
  /** By name. */
  readonly all: () => readonly KnownTool[];
  readonly one: (name: string) => KnownTool | null;
  /** From now on this definition is pinned. Throws where it is not what the server says any more. */
  readonly accept: Judge;
  /** Nothing of it runs as long as it is defined so. Throws likewise. */
  readonly reject: Judge;
}

export type Judge = (
  name: string,
  digest: Digest,
  person: { readonly id: PersonId; readonly name: string },
) => Promise<KnownTool>;

export interface KnownTool {
  readonly name: string;
  readonly state: DefinitionState;
  readonly toolClass: ToolClass;
  /** Why it is taken for that, in a sentence. */
  readonly why: string;
  readonly claims: ToolClaims;
  /** What in its definition is there for a model and not for a person. */
  readonly flags: readonly Deception[];
  /** As its server defines it now. */
  readonly offered: { readonly digest: Digest; readonly content: JsonObject };
  /** Null where it was never used, and nobody has accepted it. */
  readonly pinned: {
    readonly digest: Digest;
    readonly content: JsonObject;
    readonly at: number;
    /** Null where it was pinned by its first use. */
    readonly person: { readonly name: string } | null;
  } | null;
  /** Who has rejected it as it is offered, and when; null where nobody has. */
  readonly rejected: { readonly at: number; readonly person: { readonly name: string } } | null;
  /** From what is pinned to what is offered. */
  readonly differences: readonly ToolDifference[];
}

export interface ToolDifference {
  readonly path: readonly string[];
  /** Undefined where nothing stood there. */
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}
