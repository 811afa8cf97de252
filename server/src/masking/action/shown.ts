/** What is shown of an action, in the words of those who mask it. */

import type { Parameter } from "#/core/action.ts";
import { lastPart } from "#/core/dotted-name.ts";
import type { Entity } from "#/core/entity.ts";
import type { McpFacts, SqlFacts } from "#/core/facts.ts";
import type { Finder } from "#/masking/finder.ts";
import type { Replace } from "#/masking/replacement/replace.ts";
import type { About } from "./mask-command.ts";

export interface ViewTools {
  readonly finder: Finder;
  readonly replace: Replace;
  /** Lets others work. */
  readonly pause: () => Promise<void>;
  readonly hides: Hides;
}

/** What runs, and what its grammar tells of it. */
export interface Runs {
  readonly command: string;
  readonly parameters: readonly Parameter[];
  readonly facts: ShownFacts;
}

export type ShownFacts =
  | Pick<SqlFacts, "literals" | "opaque" | "reads" | "writes">
  | Pick<McpFacts, "family" | "literals">;

/** The relations that it names; a call names none. */
export function relationsOf(facts: ShownFacts): readonly string[] {
  return "reads" in facts ? [...facts.reads, ...facts.writes] : [];
}

/** Whether a column is masked whatever it holds, because somebody says so. */
export type Hides = (column: string) => boolean;

/** Where it is about one relation alone, that one, without its schema. */
export function aboutOf({ facts }: Pick<Runs, "facts">, hides: Hides): About {
  const [relation, more] = new Set(relationsOf(facts));
  const isOne = relation !== undefined && more === undefined;
  return { table: isOne ? lastPart(relation) : null, hides };
}

export type ShownOf =
  | "agentReason"
  | "command"
  | "parameters"
  | "data"
  | "asked.command"
  | "asked.parameters";

/** Something that was replaced in what is shown. */
export interface MaskedField {
  /** `command/1`, `parameters/2`; that of a command which can't be read is all of it: `command`. */
  readonly field: string;
  readonly of: ShownOf;
  /** Where in a list, from 0. */
  readonly path: readonly number[];
  /** In UTF-16 code units of what is shown. */
  readonly start: number;
  readonly end: number;
  readonly entities: readonly Entity[];
  /** As it was sent. */
  readonly original: string;
}
