/** What a statement would do, by the facts of its grammar. */
import type { SqlFacts } from "#/core/facts.ts";
import type { Verb } from "#/core/verb.ts";
import { listed, shownName, strongest, verbWords } from "./headline-words.ts";

export type ToldStatement = Pick<SqlFacts, "kinds" | "reads" | "writes" | "filtered" | "opaque">;

const namesMax = 3;
const phrasesMax = 2;

export function whatStatement(
  given: readonly Verb[],
  facts: ToldStatement,
  measured: number | null,
): string {
  if (facts.opaque !== null) return opaqueWords(facts);
  const telling = facts.kinds.filter((kind) => !quietKinds.has(kind));
  const rows = telling.filter((kind) => kind in rowWords);
  const others = telling.filter((kind) => !(kind in rowWords) && !readKinds.has(kind));
  const phrases = [
    ...(rows.length === 0 ? [] : [rowPhrase(rows, facts, measured)]),
    ...others.map((kind) => phrase(kind, facts, rows.length === 0 && others.length === 1)),
  ];
  if (phrases.length === 0) return readPhrase(telling, facts, given);
  const said = phrases.slice(0, phrasesMax);
  const more = phrases.length - said.length;
  return [said.join(" and "), ...(more > 0 ? [`and ${more} more`] : [])].join(" ");
}

/** What could be read beside it is still told: the unreadable part may do anything more. */
function opaqueWords({ kinds, writes }: ToldStatement): string {
  const named = writes.length === 0 ? "" : `, and change ${names(writes)}`;
  if (kinds.length === 1 && kinds[0] === "do") return `run a code block that can't be read${named}`;
  if (kinds.length === 1 && kinds[0] === "call") {
    return `call a procedure that can't be read${named}`;
  }
  return `${verbWords["sql.opaque"]}${named}`;
}

/** How each way of changing rows is said, alone and beside others. */
const rowWords: Readonly<Record<string, string>> = {
  insert: "insert",
  upsert: "insert or update",
  update: "update",
  delete: "delete",
  merge: "merge",
  truncate: "empty",
};

function rowPhrase(
  kinds: readonly string[],
  { writes, filtered }: ToldStatement,
  measured: number | null,
) {
  // A merge has the kinds of its actions beside its own.
  const said = kinds.includes("merge") ? ["merge"] : kinds;
  const words = said.map((kind) => rowWords[kind] ?? kind);
  const where = names(writes);
  if (said.length > 1) {
    const every = filtered ? "" : ", at least one without a filter";
    return `${listed(words)} rows of ${where}${every}`;
  }
  const rows = measured === null ? "rows" : counted(measured);
  switch (said[0]) {
    case "truncate":
      return `delete every row of ${where}`;
    case "update":
    case "delete":
      return filtered
        ? `${words[0]} ${rows} of ${where}`
        : `${words[0]} every row of ${where}${measured === null ? "" : ` (${counted(measured)})`}`;
    case "merge":
      return `merge ${rows} into ${where}${filtered ? "" : ", without a filter"}`;
    default:
      return `${words[0]} ${rows} ${said[0] === "insert" ? "into" : "of"} ${where}`;
  }
}

function counted(rows: number): string {
  return `${rows.toLocaleString("en")} ${rows === 1 ? "row" : "rows"}`;
}

/** What stands in brackets is said only where names follow. */
function phrase(kind: string, facts: ToldStatement, named: boolean): string {
  const known = phrases[kind] ?? objectPhrase(kind);
  const relations = facts.writes.length > 0 ? facts.writes : facts.reads;
  const [words = "", joint] = known.replace("]", "").split("[");
  return named && joint !== undefined && relations.length > 0
    ? `${words}${joint} ${names(relations)}`
    : words;
}

/** `create_index` and its like: the relation is the object itself, or what the object is on. */
function objectPhrase(kind: string): string {
  const words = kind.replaceAll("_", " ");
  if (/_(table|view|sequence)$/.test(kind)) return `${words}[]`;
  return /_(column|constraint|index|policy|rule|trigger)$/.test(kind) ? `${words}[ on]` : words;
}

const phrases: Readonly<Record<string, string>> = {
  advisory_lock: "take an advisory lock",
  alter_owner: "change the owner[ of]",
  analyze: "analyze[]",
  backup: "control a backup",
  call: "call a procedure",
  cluster: "cluster[]",
  comment: "comment[ on]",
  copy_file: "copy with a file of the server[:]",
  copy_from: "copy rows[ into]",
  copy_program: "copy with a program of the server[:]",
  create_table_as: "create a table from a query[:]",
  do: "run a code block",
  drop_owned: "drop what a role owns",
  estimate_effect: "estimate an effect[ on]",
  execute: "run a prepared statement",
  grant: "grant rights[ on]",
  grant_role: "grant a role",
  large_object: "change a large object",
  lock_table: "lock[]",
  look_at_locks: "look at locks",
  maintenance: "run maintenance",
  notify: "notify listeners",
  preview: "measure an effect[ on]",
  read_catalogue: "read the catalogue",
  read_columns: "look up columns[ of]",
  reassign_owned: "reassign what a role owns",
  refresh_materialized_view: "refresh[]",
  reindex: "reindex[]",
  replication: "control replication",
  reset: "reset a setting",
  revoke: "revoke rights[ on]",
  revoke_role: "revoke a role",
  select_for_share: "lock rows[ of]",
  select_for_update: "lock rows[ of]",
  select_into: "create a table from a query[:]",
  sequence: "move a sequence",
  server_control: "control the server",
  server_file: "use a file of the server",
  set: "change a setting",
  test_connection: "test the connection",
  vacuum: "vacuum[]",
};

/** Read rows, or only look; nothing else happens by them. */
const readKinds: ReadonlySet<string> = new Set([
  "close",
  "copy_to",
  "declare",
  "explain",
  "explain_analyze",
  "fetch",
  "select",
  "show",
]);

/** Said only where there is nothing else to say. */
const quietKinds: ReadonlySet<string> = new Set([
  "begin",
  "commit",
  "deallocate",
  "discard",
  "listen",
  "prepare",
  "release",
  "rollback",
  "rollback_to",
  "savepoint",
  "set_constraints",
  "unlisten",
]);

function readPhrase(
  telling: readonly string[],
  { kinds, reads }: ToldStatement,
  given: readonly Verb[],
): string {
  if (strongest(given) !== "sql.read") return verbWords[strongest(given)];
  if (reads.length > 0) return `read ${names(reads)}`;
  if (telling.length > 0) return "read";
  const [kind] = kinds;
  return kind === undefined ? "run nothing" : kind.replaceAll("_", " ");
}

/** `public` is where unnamed things are; any other schema is part of the name. */
function names(relations: readonly string[]): string {
  const said = relations.slice(0, namesMax).map((name) => shownName(name.replace(/^public\./, "")));
  const more = relations.length - said.length;
  if (said.length === 0) return "something";
  return listed(more > 0 ? [...said, `${more} more`] : said);
}
