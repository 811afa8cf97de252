/**
 * A text that the gateway's grammar does not accept: most often somebody has mistyped it, and the upstream would not
 * accept it either. Then nobody is asked about it: the client hears the upstream's own syntax error.
 *
 * The upstream is asked by a Parse of that text behind `select;`. It reads a message whole before it looks at any part
 * of it, and refuses to prepare two statements as one as soon as it has read them: whatever the text is, nothing of it
 * is analysed, let alone run, and nothing is left behind. An error that points into the text is that of its grammar; any
 * other answer means that the upstream can read what the gateway can't.
 */
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import { errorOf, moved, parseOnly } from "./parse-only.ts";

/** The upstream's error as it would be without what stands before, if it is one of the text's own. */
export async function findSyntaxError(dialogue: Dialogue, sql: string): Promise<Buffer | null> {
  const fields = await parseOnly(dialogue, `${before}${sql}`);
  if (fields === null || !(Number(fields.position ?? 0) > before.length)) return null;
  return errorOf(moved(fields, -before.length));
}

const before = "select;";
