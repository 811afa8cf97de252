/**
 * What a SQL message does, by the server's own grammar: facts and verbs, from the text alone.
 *
 * Guarantees:
 * - Closed world: text, statements, nodes and functions that no table here names are `sql.opaque`, never a read.
 * - `classify` never throws, has no effect, and gives the same frozen object for the same text while it is cached.
 * - Offsets are bytes of the UTF-8 text. What reads a relation has `sql.read` among its verbs.
 * It knows no session, catalogue or policy: names are as written, and `EXECUTE` is opaque until it is expanded.
 */

import type { Classified } from "./classified.ts";
import { classifyText, emptyClassified, unreadable } from "./classify-text.ts";
import { loadSqlParser, type SqlParser } from "./sql-parser.ts";

export type {
  Classified,
  References,
  RefusedSyntax,
  Span,
  Statement,
  StatementKind,
} from "./classified.ts";
export { expand, type Names } from "./expand.ts";

export interface Classifier {
  classify(sql: string): Classified;
}

/** Above this many bytes a message is opaque without being parsed. */
export const sqlParseBytesMax = 262_144;

/** Loads the parser. `bytesMax` bounds the cache: texts, and an estimate of what is known of them. */
export async function createClassifier({
  bytesMax,
}: {
  readonly bytesMax: number;
}): Promise<Classifier> {
  const parser = await loadSqlParser();
  const cache = new Map<string, Classified>();
  let bytes = 0;

  return {
    classify(sql) {
      const known = cache.get(sql);
      if (known !== undefined) {
        // The Map is in the order of use.
        cache.delete(sql);
        cache.set(sql, known);
        return known;
      }
      const { classified, lasting } = classify(sql, parser);
      const weight = weightOf(sql, classified);
      if (!lasting || weight > bytesMax) return classified;
      cache.set(sql, classified);
      bytes += weight;
      for (const [oldest, value] of cache) {
        if (bytes <= bytesMax) break;
        cache.delete(oldest);
        bytes -= weightOf(oldest, value);
      }
      return classified;
    },
  };
}

interface Answer {
  readonly classified: Classified;
  /** False where the next try may tell more. */
  readonly lasting: boolean;
}

function classify(sql: string, parser: SqlParser): Answer {
  const lasting = true;
  if (sql.length > sqlParseBytesMax) return { classified: tooLong, lasting };
  // What the parser would see is not what the server would get.
  if (sql.includes("\0")) return { classified: unreadable("The text holds a NUL."), lasting };
  if (!sql.isWellFormed()) return { classified: unreadable("The text is not Unicode."), lasting };
  const bytes = Buffer.from(sql, "utf8");
  if (bytes.length > sqlParseBytesMax) return { classified: tooLong, lasting };
  if (bytes.length === 0) return { classified: emptyClassified, lasting };
  try {
    const classified = classifyText(sql, bytes, parser);
    return classified === null ? { classified: absent, lasting: false } : { classified, lasting };
  } catch {
    return { classified: unreadable("The text can't be classified."), lasting };
  }
}

const tooLong = unreadable("The text is too long to be read.");
const absent = unreadable("The parser is being replaced.");

const entryBytes = 1_024;
const literalBytes = 96;

function weightOf(sql: string, { facts }: Classified): number {
  const names = [facts.reads, facts.writes, facts.functions, facts.kinds].flat();
  const characters = names.reduce((sum, name) => sum + name.length, sql.length);
  return entryBytes + 2 * characters + literalBytes * facts.literals.length;
}
