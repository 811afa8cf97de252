/**
 * A command for people: where its grammar tells of literals, by these; else as text. Of one that can't be read, by its text or by its
 * meaning, all that is hidden is one field: who reveals it reads the whole.
 */
import type { Entity } from "#/core/entity.ts";
import { whyOpaque } from "#/core/facts.ts";
import { type PseudonymPlace, pseudonymForm } from "#/core/pseudonym.ts";
import type { Finder } from "./finder.ts";
import { maskCommand } from "./mask-command.ts";
import type { Replace } from "./replace.ts";
import { scanInPieces } from "./scan-in-pieces.ts";
import { aboutOf, type Hides, type MaskedField, type Runs, type ShownOf } from "./shown.ts";

export interface ViewTools {
  readonly finder: Finder;
  readonly replace: Replace;
  readonly pause: () => Promise<void>;
  readonly hides: Hides;
}

export interface MaskedText {
  readonly text: string;
  readonly fields: readonly MaskedField[];
  /** By pseudonym. */
  readonly places: ReadonlyMap<string, readonly PseudonymPlace[]>;
}

/** What was replaced, before it has the name of a field. */
interface Replaced extends PseudonymPlace {
  readonly shownStart: number;
  readonly shownEnd: number;
  readonly entities: readonly Entity[];
  readonly original: string;
}

export async function maskCommandText(
  tools: ViewTools,
  runs: Runs,
  of: Extract<ShownOf, "command" | "asked.command">,
): Promise<MaskedText> {
  const { command, facts } = runs;
  const isOpaque = whyOpaque(facts) !== null;
  const isUnparsed = isOpaque && facts.literals.length === 0;
  const { text, replaced } = isUnparsed
    ? await maskUnparsed(tools, command)
    : maskParsed(tools, runs);
  const all = [...new Set(replaced.flatMap(({ entities }) => entities))];
  const fields = replaced.map(
    ({ shownStart, shownEnd, entities, original }, at): MaskedField => ({
      field: isOpaque ? of : `${of}/${at + 1}`,
      of,
      path: [],
      start: shownStart,
      end: shownEnd,
      entities: isOpaque ? all : entities,
      original: isOpaque ? command : original,
    }),
  );
  return { text, fields, places: placesIn(text, replaced) };
}

function maskParsed(
  { finder, replace, hides }: ViewTools,
  runs: Runs,
): { readonly text: string; readonly replaced: readonly Replaced[] } {
  const { command, facts } = runs;
  const about = aboutOf(runs, hides);
  const { text, replaced } = maskCommand(finder, replace, command, facts.literals, about);
  const bytes = Buffer.from(command, "utf8");
  return {
    text,
    replaced: replaced.map(({ start, end, ...span }) => ({
      ...span,
      original: bytes.toString("utf8", start, end),
    })),
  };
}

async function maskUnparsed(
  { finder, replace, pause }: ViewTools,
  command: string,
): Promise<{ readonly text: string; readonly replaced: readonly Replaced[] }> {
  const bytes = Buffer.from(command, "utf8");
  const replaced: Replaced[] = [];
  let text = "";
  let last = 0;
  for (const { entity, start, end } of await scanInPieces(finder, bytes, pause)) {
    const original = bytes.toString("utf8", start, end);
    text += bytes.toString("utf8", last, start);
    const shown = replace(entity, original);
    const [shownStart, shownEnd] = [text.length, text.length + shown.length];
    text += shown;
    replaced.push({
      shownStart,
      shownEnd,
      entities: [entity],
      original,
      kind: "string",
      column: null,
    });
    last = end;
  }
  return { text: text + bytes.toString("utf8", last), replaced };
}

/** Where each pseudonym stands, each place once. */
function placesIn(
  text: string,
  replaced: readonly Replaced[],
): ReadonlyMap<string, readonly PseudonymPlace[]> {
  const places = new Map<string, PseudonymPlace[]>();
  for (const { shownStart, shownEnd, kind, column } of replaced) {
    for (const name of new Set(text.slice(shownStart, shownEnd).match(pseudonymForm) ?? [])) {
      const known = places.get(name) ?? [];
      const isKnown = known.some((each) => each.kind === kind && each.column === column);
      if (!isKnown) places.set(name, [...known, { kind, column }]);
    }
  }
  return places;
}
