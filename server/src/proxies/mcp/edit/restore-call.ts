/**
 * An edit of a call as people were shown it, as what it means: a pseudonym that was kept is the value that was sent.
 *
 * Guarantees that a value stays under the keys where it was, and a key in the object where it was: a pseudonym elsewhere, or one that stands
 * for nothing there, is refused. Nobody needs to see a value to keep it, and nobody gets to put it where it would be seen, or sent to another.
 */
import { parseLabel } from "#/core/entity.ts";
import { jsonParts, pathKeys, pathText } from "#/core/json-leaves.ts";
import { type Pseudonym, pseudonymForm, type ShownRuns } from "#/core/pseudonym.ts";

export type RestoredCall =
  | {
      readonly kind: "restored";
      readonly text: string;
      /**
       * Paths at which not all that is shown masked stands as it is shown. What is written there in its place may be what it hides: nothing
       * that an editor hears may hang on whether it is.
       */
      readonly writtenOver: ReadonlySet<string>;
    }
  | { readonly kind: "misplaced"; readonly why: string };

class Misplaced extends Error {}

/** `sent`: what the edit takes the place of; what looked like a pseudonym there is none. The text need not be JSON. */
export function restoreCall(edited: string, sent: string, shown: ShownRuns): RestoredCall {
  const byName = new Map(shown.pseudonyms.map((each) => [each.name, each]));
  const unknown = (edited.match(pseudonymForm) ?? []).find(
    (name) => !byName.has(name) && isPseudonym(name) && !sent.includes(name),
  );
  if (unknown !== undefined) {
    return { kind: "misplaced", why: `${unknown} stands for nothing in what waits.` };
  }
  try {
    const text = restored(edited, byName, shown);
    return { kind: "restored", text, writtenOver: writtenOver({ edited, byName }, sent, shown) };
  } catch (error) {
    if (error instanceof Misplaced) return { kind: "misplaced", why: error.message };
    throw error;
  }
}

function restored(
  edited: string,
  byName: ReadonlyMap<string, Pseudonym>,
  shown: ShownRuns,
): string {
  const written = new Map(shown.literals.map((each) => [each.shown, each.written]));
  const bytes = Buffer.from(edited, "utf8");
  let text = "";
  let last = 0;
  const between = (from: number, to: number) => {
    const part = bytes.toString("utf8", from, to);
    const [name] = (part.match(pseudonymForm) ?? []).filter((each) => byName.has(each));
    if (name !== undefined) throw misplaced(byName.get(name), shown);
    return part;
  };
  for (const { start, end, kind, column } of editedParts(edited, byName)) {
    const leaf = bytes.toString("utf8", start, end);
    const names = namesIn(leaf, byName);
    text += between(last, start);
    last = end;
    for (const each of names) {
      const isWhereItWas = each.places.some(
        (place) => place.kind === kind && place.column === column,
      );
      if (!isWhereItWas) throw misplaced(each, shown);
    }
    if (names.length === 0) text += leaf;
    else text += written.get(leaf) ?? replaced(leaf, kind !== "number", byName);
  }
  return text + between(last, bytes.length);
}

function editedParts(edited: string, byName: ReadonlyMap<string, Pseudonym>) {
  // What stands there by itself was a number.
  const asNumbers = edited.replaceAll(textOrPseudonym, (part) =>
    byName.has(part) ? "1".repeat(part.length) : part,
  );
  const meant = (key: string) =>
    key.replaceAll(pseudonymForm, (name) => byName.get(name)?.value ?? name);
  return jsonParts(asNumbers, meant);
}

interface EditedText {
  readonly edited: string;
  readonly byName: ReadonlyMap<string, Pseudonym>;
}

function writtenOver(
  { edited, byName }: EditedText,
  sent: string,
  { pseudonyms, literals }: ShownRuns,
): ReadonlySet<string> {
  if (pseudonyms.length === 0) return new Set();
  const places = new Set(
    pseudonyms.flatMap((each) => each.places.map(({ kind, column }) => `${kind} ${column}`)),
  );
  const left = new Map<string, number>();
  const count = (text: string, parts: ReturnType<typeof jsonParts>, such: Such, by: number) => {
    const bytes = Buffer.from(text, "utf8");
    for (const { start, end, kind, column } of parts) {
      if (!places.has(`${kind} ${column}`) || !such(bytes.toString("utf8", start, end))) continue;
      left.set(column ?? "", (left.get(column ?? "") ?? 0) + by);
    }
  };
  const hidden = new Set(literals.map(({ written }) => written));
  const asShown = new Set(literals.map(({ shown }) => shown));
  count(sent, jsonParts(sent), (leaf) => hidden.has(leaf), 1);
  count(edited, editedParts(edited, byName), (leaf) => asShown.has(leaf), -1);
  return new Set([...left].flatMap(([column, missing]) => (missing === 0 ? [] : [column])));
}

type Such = (leaf: string) => boolean;

const textOrPseudonym = new RegExp(`"(?:[^"\\\\]|\\\\.)*"|${pseudonymForm.source}`, "g");

function replaced(leaf: string, isString: boolean, byName: ReadonlyMap<string, Pseudonym>): string {
  return leaf.replaceAll(pseudonymForm, (name) => {
    const value = byName.get(name)?.value;
    if (value === undefined) return name;
    return isString ? JSON.stringify(value).slice(1, -1) : value;
  });
}

function namesIn(text: string, byName: ReadonlyMap<string, Pseudonym>): readonly Pseudonym[] {
  return (text.match(pseudonymForm) ?? []).flatMap((name) => byName.get(name) ?? []);
}

function isPseudonym(name: string): boolean {
  return parseLabel(name.slice(1, name.lastIndexOf("_"))) !== null;
}

function misplaced(pseudonym: Pseudonym | undefined, shown: ShownRuns): Misplaced {
  const { name = "", places = [] } = pseudonym ?? {};
  const columns = [...new Set(places.map(({ column }) => column))].filter((each) => each !== null);
  const shownColumns = columns.map((column) => shownPath(pathKeys(column), shown));
  const where = columns.length === 0 ? "where it stands now" : `in ${shownColumns.join(" or ")}`;
  return new Misplaced(
    `${name} can stay ${where} and can't be put elsewhere, because people may not see what it stands for.`,
  );
}

/** As people see it: a key may be masked. */
export function shownPath(keys: readonly string[], { literals }: ShownRuns): string {
  const shown = new Map(literals.map((each) => [each.written, each.shown]));
  return pathText(
    keys.map((key) => {
      const written = JSON.stringify(key);
      return String(JSON.parse(shown.get(written) ?? written));
    }),
  );
}
