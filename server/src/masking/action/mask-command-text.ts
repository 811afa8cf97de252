/**
 * A command for people: where its grammar tells of literals, by these; else as text. Of one that can't be read, by its text or by its
 * meaning, all that is hidden is one field: who reveals it reads the whole.
 */
import { whyOpaque } from "#/core/facts.ts";
import { type PseudonymPlace, pseudonymForm } from "#/core/pseudonym.ts";
import { maskCall } from "./mask-call.ts";
import { maskCommand } from "./mask-command.ts";
import { maskProse, type Replaced } from "./mask-prose.ts";
import { aboutOf, type MaskedField, type Runs, type ShownOf, type ViewTools } from "./shown.ts";

export interface MaskedText {
  readonly text: string;
  readonly fields: readonly MaskedField[];
  /** By pseudonym. */
  readonly places: ReadonlyMap<string, readonly PseudonymPlace[]>;
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
    ? await maskProse(tools, command)
    : await maskParsed(tools, runs);
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

async function maskParsed(
  tools: ViewTools,
  runs: Runs,
): Promise<{ readonly text: string; readonly replaced: readonly Replaced[] }> {
  const { finder, replace, hides } = tools;
  const { command, facts } = runs;
  const { text, replaced } =
    "family" in facts && facts.family === "mcp"
      ? await maskCall(tools, command)
      : maskCommand(finder, replace, command, facts.literals, aboutOf(runs, hides));
  const bytes = Buffer.from(command, "utf8");
  return {
    text,
    replaced: replaced.map(({ start, end, ...span }) => ({
      ...span,
      original: bytes.toString("utf8", start, end),
    })),
  };
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
