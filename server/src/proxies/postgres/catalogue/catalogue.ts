/**
 * What the gateway knows of an upstream's catalogue (`read-catalogue.ts`), shared by a connection's sessions (`shared-catalogue.ts`).
 *
 * Resolves the relation names of a command to schemas, so that a rule about `public.customers` covers
 * `customers` too, and tells whether a read is proven (SEMANTICS §4): only plain tables, built-in functions,
 * operators and casts, none of which anybody has shadowed.
 */
import { dotted, lastPart, partsOfName } from "#/core/dotted-name.ts";
import type { SqlFacts } from "#/core/facts.ts";
import type { KnownRelations } from "#/proxies/postgres/masked-use/known-relations.ts";
import { isBuiltinType } from "#/proxies/postgres/sql/builtin-types.ts";
import type { Classified } from "#/proxies/postgres/sql/facts.ts";
import { isKnownAttribute, isSafeFunction } from "#/proxies/postgres/sql/safe-functions.ts";

export interface Catalogue {
  readonly allSchemas: ReadonlySet<string>;
  /** Schemas by relation name. The same object in what is read later, as long as it would hold the same. */
  readonly schemas: ReadonlyMap<string, readonly string[]>;
  /** Names of which every relation is a table or materialised view of which reading, and planning to, runs nothing that users made. */
  readonly plain: ReadonlySet<string>;
  /** Names of functions and types that exist outside the system's schemas. */
  readonly ownNames: ReadonlySet<string>;
  /** Types of which reading a constant, already when it is parsed, runs functions that users made. */
  readonly checkingTypes: ReadonlySet<string>;
  /** Relations and functions that have such values. */
  readonly checking: ReadonlySet<string>;
  /** Those of functions that take a row, which `row.name` calls as if it were a column. */
  readonly rowFunctions: ReadonlySet<string>;
  /** Those of built-in functions that take one argument, which `(expression).name` calls. */
  readonly unary: ReadonlySet<string>;
  /** Names of functions of well-known extensions that stand for those extensions' own code, and for nothing else. */
  readonly extensionFunctions: ReadonlySet<string>;
  /** Those of volatile functions that users made, extensions aside: under a built-in's name one may run in its place. */
  readonly volatile: ReadonlySet<string>;
  /** Functions, views or defaults that somebody made and whose text says that they set the search path. */
  readonly movesPath: boolean;
  /** Triggers, or defaults by functions that somebody made: what changes rows may call such a function. */
  readonly writesCall: boolean;
  /** All relations with their columns: only where columns are masked, because reading them takes its time. */
  readonly relations: KnownRelations | "unread" | "too_many";
  /** Operators, casts or foreign tables that users made: then no read is proven. */
  readonly unprovable: boolean;
}

/** What is read again, with what has stayed the same in it. */
export function sinceRead(before: Catalogue | null, read: Catalogue): Catalogue {
  if (before === null || before.schemas.size !== read.schemas.size) return read;
  for (const [name, schemas] of read.schemas) {
    const were = before.schemas.get(name) ?? [];
    const isSame =
      were.length === schemas.length && schemas.every((schema) => were.includes(schema));
    if (!isSame) return read;
  }
  return { ...read, schemas: before.schemas };
}

/** The facts with every relation under its schema, as the session's search path finds it. */
export function resolveFacts(
  facts: SqlFacts,
  catalogue: Catalogue,
  searchPath: readonly string[],
): SqlFacts {
  const resolve = (names: readonly string[]) =>
    [...new Set(names.map((name) => resolveName(name, catalogue, searchPath)))].toSorted();
  return { ...facts, reads: resolve(facts.reads), writes: resolve(facts.writes) };
}

/** Whether what looks like a column may call a function that users made. */
export function mayCallRowFunction(
  { references }: Classified,
  { rowFunctions }: Pick<Catalogue, "rowFunctions">,
): boolean {
  return rowFunctions.size > 0 && references.attributes.some((name) => rowFunctions.has(name));
}

/**
 * Whether the name of a part of an expression may call a function, or convert to a type whose values functions that users made
 * check. Of a catalogue that could not be read it may.
 */
export function mayCallPart(
  { references: { parts } }: Classified,
  catalogue: Pick<Catalogue, "unary" | "ownNames" | "checkingTypes"> | null,
): boolean {
  if (parts.length === 0) return false;
  if (catalogue === null) return true;
  const { unary, ownNames, checkingTypes } = catalogue;
  return parts.some((name) => unary.has(name) || ownNames.has(name) || checkingTypes.has(name));
}

/**
 * Whether a built-in's name may stand for a volatile function that users made: by its arguments, along the search path,
 * or because the database is of a version that has no such built-in. Those that they call stable run under the lock.
 */
export function mayCallVolatile(
  { references }: Classified,
  { volatile }: Pick<Catalogue, "volatile">,
): boolean {
  if (volatile.size === 0) return false;
  const { functions, attributes } = references;
  // Of those, no parts are told of: `(expression).lower` calls whatever is called so and fits.
  const safe = attributes.filter((name) => isSafeFunction(name) || isKnownAttribute(name));
  return [...functions, ...safe].some((name) => volatile.has(name));
}

/** Whether what is called like a function of a well-known extension may be something else, or calls it to change rows. */
export function mayCallUnknown(classified: Classified, catalogue: Catalogue | null): boolean {
  const names = classified.references.extensionFunctions;
  if (names.length === 0) return false;
  const isRead = classified.verbs.every((verb) => verb === "sql.read");
  const known = catalogue?.extensionFunctions;
  return !isRead || known === undefined || !names.every((name) => known.has(name));
}

/** Whether parsing alone may run a function that users made: by a constant that is a list or a row of what is checked. */
export function mayCheck(
  { relations, functions, types }: Classified["references"],
  { checking, checkingTypes }: Pick<Catalogue, "checking" | "checkingTypes">,
): boolean {
  if (checkingTypes.size === 0) return false;
  return (
    [...relations, ...functions].some((name) => checking.has(lastPart(name))) ||
    types.some((name) => checkingTypes.has(lastPart(name)))
  );
}

export function isProven(classified: Classified, catalogue: Catalogue): boolean {
  return classified.proofCandidate && runsPlainReads(classified, catalogue);
}

/** Whether it names anything but plain tables, their rows, and what is built in. */
export function namesOthersOwn(
  { relations, functions, types, attributes }: Classified["references"],
  catalogue: Pick<Catalogue, "plain" | "ownNames">,
): boolean {
  return (
    !relations.every((name) => catalogue.plain.has(lastPart(name))) ||
    [...functions, ...types, ...attributes].some((name) =>
      catalogue.ownNames.has(lastPart(name)),
    ) ||
    !types.every((name) => isBuiltinType(name) || catalogue.plain.has(lastPart(name)))
  );
}

/** Whether it runs nothing but reads of plain tables, by what is built in. */
export function runsPlainReads(
  { runsPlainReads: candidate, references }: Classified,
  catalogue: Catalogue,
): boolean {
  if (!candidate || catalogue.unprovable) return false;
  return !namesOthersOwn(references, catalogue) && !mayCheck(references, catalogue);
}

/**
 * A name with a schema stands. Without one it is the first on the search path that has it; a name that
 * nobody has yet will be made in the first schema that there is.
 */
function resolveName(name: string, catalogue: Catalogue, searchPath: readonly string[]): string {
  const [only = "", ...more] = partsOfName(name);
  if (more.length > 0) return name;
  const having = catalogue.schemas.get(only);
  const found =
    searchPath.find((schema) => having?.includes(schema)) ??
    searchPath.find((schema) => schema !== "pg_catalog" && catalogue.allSchemas.has(schema));
  return found === undefined ? name : dotted([found, only]);
}
