/**
 * What a reviewer's edit is on the session that waits: its parameters, its action, whether it narrows, and
 * whether it could run in place of what waits.
 *
 * The client does not know of the edit while it runs, so that an edit changes nothing that a client keeps
 * count of: no transaction, setting, prepared statement or cursor. What can't be read is not put in place of
 * anything: policy has to see what it permits.
 */
import type { Parameter } from "#/core/action.ts";
import type { Edit, Edited, EditRefused } from "#/core/protocol.ts";
import type { ShownRuns } from "#/core/pseudonym.ts";
import { shownBytes } from "#/masking/values/parameter-text.ts";
import { type Catalogue, mayCheck } from "#/proxies/postgres/catalogue/catalogue.ts";
import type { EditPlace, Statement } from "#/proxies/postgres/session/proposal/proposed.ts";
import type { Classified, Classifier } from "#/proxies/postgres/sql/facts.ts";
import { highestParameter } from "#/proxies/postgres/sql/parameters.ts";
import { asSql, type SqlAction } from "#/proxies/postgres/to-action.ts";
import { narrows } from "./narrows.ts";
import { restoreCommand, restoreParameter, whyMoved } from "./restore.ts";
import { writesOver } from "./writes-over.ts";

export interface EditScene {
  readonly place: EditPlace;
  readonly classify: (sql: string) => Classified;
  readonly trees: Classifier["trees"];
  /** As it is now; null where that is not known. */
  readonly catalogue: Catalogue | null;
  /** Why the session carries no such statement at all, or null. */
  readonly whyNotCarried: (classified: Classified) => string | null;
  readonly toAction: (statement: Statement) => SqlAction;
}

export function readEdit({ action: edits, shown, ...edit }: Edit, scene: EditScene): Edited {
  const action = asSql(edits);
  if (!edit.command.isWellFormed() || edit.command.includes("\0")) return refuse("It is no text.");
  const restored = restoreCommand(edit.command, action.command, shown);
  if (restored.kind === "misplaced") return refuse(restored.why);
  const { command } = restored;
  const classified = scene.classify(command);
  const why = scene.whyNotCarried(classified) ?? whyNotInPlace(classified, scene.place);
  if (why !== null) return refuse(why);
  const moved = whyMoved(restored.kept, classified.facts.literals);
  if (moved !== null) return refuse(moved);
  // It is parsed on the session that waits before anybody has approved it.
  if (scene.catalogue !== null && mayCheck(classified.references, scene.catalogue)) {
    return refuse(parsingRuns);
  }
  const trees = scene.trees(command);
  if (trees === null) return refuse("It can't be read.");
  const highest = highestParameter(trees);
  if (highest > 0 && scene.place.kind === "message") return refuse(noParameters);
  const parameters = parametersOf(edit, action.parameters, highest, shown);
  if (typeof parameters === "string") return refuse(parameters);
  const isGuess = writesOver(edit, action, shown);
  if (!isGuess && command === action.command && isSame(parameters, action.parameters)) {
    const message = "The edit changes nothing. Approve the action as it is, or edit it.";
    return { kind: "refused", code: "review.override_unchanged", message };
  }
  const statement: Statement = { command, parameters, classified };
  const made = scene.toAction(statement);
  const { id, principal, session, proposedAt, revision, agentReason } = action;
  const same = { id, principal, session, proposedAt, agentReason };
  const edited: SqlAction = { ...made, ...same, revision: revision + 1 };
  const keeps = restored.kept.length > 0 || (highest > 0 && shown.pseudonyms.length > 0);
  const other = keeps ? newRelation(action, edited) : null;
  if (other !== null) return refuse(carriesOver(other));
  return {
    kind: "edited",
    action: edited,
    narrows: !isGuess && doesLess(action, edited, scene),
    async check() {
      const problem = await scene.place.check(statement);
      return problem === null ? null : refuse(problem);
    },
  };
}

function refuse(why: string): EditRefused {
  const message = `The edited command can't run in place of the one that waits. ${why}`;
  return { kind: "refused", code: "review.override_refused", message };
}

function whyNotInPlace(
  { statements, verbs, facts }: Classified,
  { kind }: EditPlace,
): string | null {
  if (kind === "nowhere")
    return "What waits is not being executed yet, so nothing can run instead.";
  if (kind === "copy") return loadsData;
  if (verbs.includes("sql.opaque")) return facts.opaque ?? "It can't be read.";
  if (statements.length === 0)
    return "It holds no statement. Deny the action if nothing is to run.";
  if (kind === "portal" && statements.length > 1) {
    return "The client sent one statement with the extended protocol, and expects the answer of one.";
  }
  if (statements.some(({ executes }) => executes !== null)) return runsByName;
  for (const { kind: statement } of statements) {
    const why = kindsRefused[statement];
    if (why !== undefined) return why;
  }
  return facts.settings.length > 0 ? changesSession : null;
}

/** A column of the same name may be another table's: what the editor may not see stays among the relations it was for. */
function newRelation({ facts }: SqlAction, edited: SqlAction): string | null {
  const isNew = (known: readonly string[]) => (name: string) => !known.includes(name);
  return (
    edited.facts.writes.find(isNew(facts.writes)) ??
    edited.facts.reads.find(isNew([...facts.reads, ...facts.writes])) ??
    null
  );
}

function carriesOver(relation: string): string {
  return `It brings ${relation} together with a value that is masked. Write the value itself, or leave ${relation} out.`;
}

const parsingRuns =
  "Parsing it may run a function that somebody made, by the check of a domain in a list, a row or a range.";
const noParameters =
  "The client's message carries no parameters: write the values into the command.";
const loadsData =
  "What waits loads the data that came with it, which nothing else could use. Deny it, or ask for changes.";
const runsByName = "It runs something by a name, which another session may know differently.";
const changesSession =
  "It changes the session (its transaction, settings, prepared statements or cursors), and the client would not know.";

const kindsRefused: Readonly<Record<string, string>> = {
  begin: changesSession,
  close: changesSession,
  commit: changesSession,
  copy_in: "COPY is not what the client expects.",
  copy_out: "COPY is not what the client expects.",
  deallocate: changesSession,
  declare: changesSession,
  discard: changesSession,
  execute: runsByName,
  fetch: runsByName,
  prepare: changesSession,
  release: changesSession,
  reset: changesSession,
  rollback: changesSession,
  rollback_to: changesSession,
  savepoint: changesSession,
  set: changesSession,
};

/**
 * Values may be changed and left out, not added: who comes back with the same command may have no place for
 * more. A sentence where they don't fit.
 */
function parametersOf(
  { parameters: given }: Pick<Edit, "parameters">,
  held: readonly Parameter[],
  highest: number,
  shown: ShownRuns,
): readonly Parameter[] | string {
  const needed = highest === 0 ? "no parameters" : `parameters up to $${highest}`;
  if (highest > held.length) {
    return `It takes ${needed}, and there are ${held.length}: write other values into the command.`;
  }
  if (given === null) return held.slice(0, highest);
  if (given.length !== highest) return `It takes ${needed}, and ${given.length} are given.`;
  const parameters: Parameter[] = [];
  for (const [index, parameter] of held.slice(0, highest).entries()) {
    const text = given[index] ?? null;
    const restored = restoreParameter(text, index, shownBytes(parameter), shown);
    if ("why" in restored) return restored.why;
    parameters.push(restored.isKept ? parameter : changed(parameter, text));
  }
  return parameters;
}

/** A value that is given as it is shown stays as it is, so that another one can be changed beside it. */
function changed(held: Parameter, text: string | null): Parameter {
  if (text === shownBytes(held)) return held;
  const bytes = text === null ? null : Buffer.from(text, "utf8").toString("base64");
  return { type: held.type, format: "text", bytes };
}

/** The same values, relations, functions and connection, names and operators as before, and less by the grammar. */
function doesLess(held: SqlAction, edited: SqlAction, { trees, catalogue }: EditScene): boolean {
  if (catalogue === null || catalogue.unprovable) return false;
  if (!isSame(held.parameters, edited.parameters) || !isSame(held.verbs, edited.verbs))
    return false;
  const [before, after] = [held.facts, edited.facts];
  const sets = ["kinds", "reads", "writes", "functions", "settings"] as const;
  if (!sets.every((set) => isSame(before[set], after[set]))) return false;
  const [one, other] = [trees(held.command), trees(edited.command)];
  return one !== null && other !== null && narrows(one, other);
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
