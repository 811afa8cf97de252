/** What a statement changes of its session that the meaning of later ones depends on: settings, names, transactions. */
import { partsOfName } from "#/core/dotted-name.ts";
import type { Classified } from "#/proxies/postgres/sql/facts.ts";

/** Whether it may change a setting, also by what can't be seen of it. */
export function changesSettings(classified: Classified): boolean {
  return classified.facts.settings.length > 0 || isAmong(setters, classified);
}

/** Whether it ends a transaction, or goes back in it, and so takes back what was set there. */
export function takesBackSettings(classified: Classified): boolean {
  return isAmong(enders, classified);
}

/** Whether it runs in a failed transaction too: it does nothing but to end it, or nothing at all. */
export function runsWhenFailed({ statements, facts }: Classified): boolean {
  return facts.opaque === null && statements.every(({ kind }) => enders.includes(kind));
}

/** Whether it leads out of a failed transaction before it does anything else. */
export function mendsTransaction({ statements: [first] }: Classified): boolean {
  return first !== undefined && enders.includes(first.kind);
}

/** Whether what comes behind it is in a transaction that the client has opened. */
export function isInBlock({ statements }: Classified, before: boolean): boolean {
  return statements.reduce((inBlock, { kind, chain }) => {
    if (kind === "begin") return true;
    return kind === "commit" || kind === "rollback" ? chain : inBlock;
  }, before);
}

/** Whether it may change what a name in a later statement stands for. */
export function changesNames(classified: Classified): boolean {
  return (
    classified.facts.settings.length > 0 ||
    isExtraordinary(classified) ||
    isAmong(nameChangers, classified)
  );
}

/** Whether it may do more than read and write rows: nobody knows which settings it leaves behind. */
export function isExtraordinary({ verbs }: Classified): boolean {
  return verbs.some((verb) => !ordinaryVerbs.includes(verb));
}

/**
 * Whether the search path may be another one by the time a later statement of the message looks its names up, which
 * functions may move too where somebody has made such.
 * Statements that end a transaction lead back to the path from before it. Reads that name every relation with its
 * schema, or none, are what they are under any path: of functions, a read calls only the system's.
 */
export function movesPath(
  classified: Classified,
  { pathMoved, functionsMove }: { readonly pathMoved: boolean; readonly functionsMove: boolean },
): boolean {
  const { statements, facts } = classified;
  if (statements.length < 2 || isReadWithoutPath(classified)) return false;
  const last = statements.findLastIndex(({ kind }) => !nameless.includes(kind));
  return statements
    .slice(0, Math.max(0, last))
    .some(
      ({ kind, name }) =>
        (functionsMove && !nameless.includes(kind)) ||
        (kind === "set" && name === "search_path") ||
        (kind === "reset" && (name === null || name === "search_path")) ||
        (kind === "discard" && name === "all") ||
        (kind === "select" && facts.settings.includes("search_path")) ||
        (pathMoved && enders.includes(kind)),
    );
}

function isReadWithoutPath({ verbs, facts, references }: Classified): boolean {
  const names = [...references.relations, ...facts.reads, ...facts.writes];
  return (
    verbs.every((verb) => verb === "sql.read") &&
    names.every((name) => partsOfName(name).length > 1)
  );
}

const ordinaryVerbs: readonly string[] = ["sql.read", "sql.write"];
const setters: readonly string[] = ["set", "reset", "discard"];
const enders: readonly string[] = ["commit", "rollback", "rollback_to"];
const nameChangers: readonly string[] = [
  ...setters,
  ...enders,
  "close",
  "deallocate",
  "declare",
  "prepare",
];
/** They look nothing up along the search path. */
const nameless: readonly string[] = [
  ...setters,
  ...enders,
  "begin",
  "close",
  "deallocate",
  "release",
  "savepoint",
];

function isAmong(kinds: readonly string[], { statements }: Classified): boolean {
  return statements.some(({ kind }) => kinds.includes(kind));
}
