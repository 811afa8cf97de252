/** Puts what a message runs by name in its place: the text alone does not tell what it does. */
import type { SqlFacts } from "#/core/facts.ts";
import type { Verb } from "#/core/verb.ts";
import type { Classified, Statement } from "./classified.ts";
import { transactionControl } from "./countable.ts";

/** What the session's names stand for. Null is a name that it does not know: then the message is opaque. */
export interface Names {
  /** Of EXECUTE; statements of the protocol's Parse are among them. */
  readonly prepared: (name: string) => Classified | null;
  /**
   * Of FETCH and MOVE: a portal that the client has bound but not executed runs at its first FETCH. For a cursor
   * that was DECLAREd, whose query counted then, the classification of an empty text.
   */
  readonly cursor: (name: string) => Classified | null;
}

const notTold = "Its answer does not say how many rows it touches.";
const controlsByName = "It begins, ends or takes back a transaction by a name.";
const unknownName = "It runs something by a name that stands for nothing known.";

/** Whether the text alone does not tell what it does. */
export function runsByName({ statements }: Pick<Classified, "statements">): boolean {
  return statements.some(({ kind, executes }) => executes !== null || kind === "fetch");
}

/** The same object where nothing is run by name. Literals stay those of the message's own text. */
export function expand(classified: Classified, names: Names): Classified {
  const { statements, facts } = classified;
  if (!runsByName(classified)) return classified;
  // What the message itself prepares or declares counts there; a name that was taken before ends it in an error.
  const made = new Set<string>();
  // Each once, however often it is run.
  const run = new Set<Classified | null>();
  for (const statement of statements) {
    for (const found of foundByName(statement, made, names)) run.add(found);
    if (statement.kind === "prepare" || statement.kind === "declare") made.add(madeName(statement));
  }
  const known = [...run].filter((item) => item !== null);
  const own = statements.flatMap(({ verbs }) => verbs);
  const unfollowed = whyUnfollowed(run);
  const verbs = [...own, ...known.flatMap((item) => item.verbs)];
  if (unfollowed !== null) verbs.push("sql.opaque");
  const uncounted = [facts, ...known.map((item) => item.facts)].map((each) => each.uncounted);
  // A portal that changes rows has changed all of them by the time that its first one is fetched.
  const fetches = statements.some(({ kind }) => kind === "fetch");
  const fetchesChanges = fetches && known.some((item) => item.verbs.includes("sql.write"));
  const reasons = [...statements, ...known.map((item) => item.facts)].map(({ opaque }) => opaque);
  return Object.freeze({
    ...classified,
    verbs: distinct<Verb>(verbs),
    facts: uniteFacts(
      {
        ...facts,
        uncounted:
          uncounted.find((why) => why !== null) ??
          (fetchesChanges || unfollowed !== null ? notTold : null),
        opaque: reasons.find((reason) => reason !== null) ?? unfollowed,
      },
      known.map((item) => item.facts),
    ),
    refused: [classified, ...known].find(({ refused }) => refused !== null)?.refused ?? null,
    proofCandidate: false,
    // What it fetches it has declared itself.
    runsPlainReads: run.size === 0 && classified.runsPlainReads,
    runs: Object.freeze(known),
  });
}

/** A name may stand for a statement of the protocol's Parse, which can be any. */
function whyUnfollowed(run: ReadonlySet<Classified | null>): string | null {
  if (run.has(null)) return unknownName;
  const controls = [...run].some((item) =>
    item?.statements.some(({ kind }) => transactionControl.has(kind)),
  );
  return controls ? controlsByName : null;
}

function foundByName(
  { kind, name, executes }: Statement,
  made: ReadonlySet<string>,
  names: Names,
): readonly (Classified | null)[] {
  if (executes !== null) {
    return made.has(madeName({ kind: "prepare", name: executes }))
      ? []
      : [names.prepared(executes)];
  }
  if (kind !== "fetch") return [];
  return made.has(madeName({ kind: "declare", name })) ? [] : [names.cursor(name ?? "")];
}

function madeName({ kind, name }: Pick<Statement, "kind" | "name">): string {
  return `${kind} ${name ?? ""}`;
}

function uniteFacts(own: SqlFacts, others: readonly SqlFacts[]): SqlFacts {
  const all = [own, ...others];
  return Object.freeze({
    ...own,
    kinds: distinct(all.flatMap(({ kinds }) => kinds)),
    reads: distinct(all.flatMap(({ reads }) => reads)),
    writes: distinct(all.flatMap(({ writes }) => writes)),
    functions: distinct(all.flatMap(({ functions }) => functions)),
    settings: distinct(all.flatMap(({ settings }) => settings)),
    filtered: all.every(({ filtered }) => filtered),
  });
}

function distinct<Item extends string>(items: readonly Item[]): readonly Item[] {
  return Object.freeze([...new Set(items)].toSorted());
}
