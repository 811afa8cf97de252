/** What people and use have made of a tool's definition, as it is stored. */
import type { JsonObject } from "./facts.ts";
import type { Digest, PersonId } from "./ids.ts";

export interface PinnedTool {
  readonly connection: string;
  readonly name: string;
  /** One more with each change; every change is a compare-and-set on it. */
  readonly version: number;
  /** Null where one was rejected before any was pinned. */
  readonly pinned: PinnedDefinition | null;
  /** What its server defines it as instead; null where that is what is pinned. */
  readonly changed: SeenDefinition | null;
  /** The last that a person rejected: as long as its server says exactly that, nothing of it runs. */
  readonly rejected: RejectedDefinition | null;
}

/** Where they are kept, each change with its record. `conflict`: somebody else has changed it meanwhile, and nothing was saved. */
export interface ToolPins {
  of(connection: string): Promise<readonly PinnedTool[]>;
  /** `previous` is what it replaces; null where nothing was pinned. */
  pin(tool: PinnedTool, previous: PinnedTool | null): Promise<"saved" | "conflict">;
  reject(tool: PinnedTool, rejected: RejectedDefinition): Promise<"saved" | "conflict">;
  /** Its server defines it otherwise, or again as it was pinned. */
  noteChange(tool: PinnedTool, at: number): Promise<"saved" | "conflict">;
}

export interface SeenDefinition {
  readonly digest: Digest;
  readonly content: JsonObject;
  /** In milliseconds. */
  readonly at: number;
}

export interface RejectedDefinition extends SeenDefinition {
  readonly person: { readonly id: PersonId; readonly name: string };
}

export interface PinnedDefinition extends SeenDefinition {
  /** Who accepted it; null where it was pinned by its first use. */
  readonly person: { readonly id: PersonId; readonly name: string } | null;
}
