/**
 * What would happen, and where, in one sentence: what a reviewer reads first, on every surface.
 *
 * Guarantees that the same facts give the same sentence, that it never sounds smaller than the facts are (what
 * can't be read, has no filter or does several things says so), and that it is short. Made from facts alone:
 * of the command's own words only names of relations, settings, tools and resources are in it. Those are a stranger's;
 * whoever shows the sentence makes hidden characters visible.
 */
import type { Verb } from "#/core/verb.ts";
import { type ToldCall, whatCall } from "./headline-mcp.ts";
import { type ToldStatement, whatStatement } from "./headline-sql.ts";
import { strongest, verbWords } from "./headline-words.ts";

/** Facts are null where they were erased; then the verbs tell what they can. */
export interface Told {
  readonly verbs: readonly Verb[];
  readonly facts: ToldStatement | ToldCall | null;
  readonly connection: string;
  readonly environment: string;
  /** Counted, not estimated; said only where the facts say which rows are meant. */
  readonly rowsMeasured?: number | null;
}

export function headline(told: Told): string {
  const { connection, environment } = told;
  return `${capitalized(what(told))} in ${connection}, ${environment}`;
}

function what({ verbs, facts, rowsMeasured = null }: Told): string {
  if (facts === null) return verbWords[strongest(verbs)];
  return "method" in facts ? whatCall(facts) : whatStatement(verbs, facts, rowsMeasured);
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
