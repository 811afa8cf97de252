/** A text that no grammar tells of: what recognizers find in it is replaced, the rest stays. */
import type { Entity } from "#/core/entity.ts";
import type { PseudonymPlace } from "#/core/pseudonym.ts";
import { scanInPieces } from "#/masking/scan-in-pieces.ts";
import type { ViewTools } from "./shown.ts";

/** What was replaced, before it has the name of a field. */
export interface Replaced extends PseudonymPlace {
  readonly shownStart: number;
  readonly shownEnd: number;
  readonly entities: readonly Entity[];
  readonly original: string;
}

export async function maskProse(
  { finder, replace, pause }: Pick<ViewTools, "finder" | "replace" | "pause">,
  prose: string,
): Promise<{ readonly text: string; readonly replaced: readonly Replaced[] }> {
  const bytes = Buffer.from(prose, "utf8");
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
