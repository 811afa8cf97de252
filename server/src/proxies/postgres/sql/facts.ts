/**
 * What a SQL message does, by the server's own grammar: facts and verbs, from the text alone.
 *
 * Guarantees:
 * - Closed world: text, statements, nodes and functions that no table here names are `sql.opaque`, never a read.
 * - `classify` never throws, has no effect, and gives the same frozen object for the same text while it remembers it.
 * - Offsets are bytes of the UTF-8 text. What reads a relation has `sql.read` among its verbs.
 * It knows no session, catalogue or policy: names are as written, and `EXECUTE` is opaque until it is expanded.
 */

import type { RawStmt } from "libpg-query";
import type { Classified } from "./classified.ts";
import { classifyText, emptyClassified, unreadable } from "./classify-text.ts";
import { exceedsParseLimits } from "./parse-limits.ts";
import { createRecentMap, type RecentMap } from "./recent-map.ts";
import { loadSqlParser, outsideGrammar, type SqlParser } from "./sql-parser.ts";
import { tokenize } from "./sql-tokens.ts";
import { fillTemplate, type Template, templateKey, toTemplate } from "./template.ts";

export type { Classified, RefusedSyntax, Statement, StatementKind } from "./classified.ts";
export { expand, type Names, runsByName } from "./expand.ts";

export interface Classifier {
  classify(sql: string): Classified;
  /** The grammar's own trees, for proofs about a text; null where it can't be read. */
  trees(sql: string): readonly RawStmt[] | null;
}

/** Whether the parser has read the text to its error: not where it is too much, or holds what is no text. */
export function isOutsideGrammar({ facts }: Classified): boolean {
  return facts.opaque === outsideGrammar;
}

/** Above this many bytes a message is opaque without being parsed. */
export const sqlParseBytesMax = 262_144;

/**
 * Loads the parser. `bytesMax` bounds what is remembered, by an estimate: texts, and what texts have in common that
 * differ in their constants only.
 */
export async function createClassifier({
  bytesMax,
}: {
  readonly bytesMax: number;
}): Promise<Classifier> {
  const parser = await loadSqlParser();
  const texts = createRecentMap<Classified>(bytesMax / 2);
  const templates = createRecentMap<Template>(bytesMax / 2);

  return {
    classify(sql) {
      const known = texts.get(sql);
      if (known !== undefined) return known;
      const classified = classify(sql, parser, templates);
      // Without a parser nothing was learnt of the text.
      if (classified !== parserAbsent) texts.set(sql, classified, weightOf(sql, classified));
      return classified;
    },
    trees: (sql) => treesOf(sql, parser),
  };
}

function treesOf(sql: string, parser: SqlParser): readonly RawStmt[] | null {
  if (sql.length > sqlParseBytesMax || sql.includes("\0") || !sql.isWellFormed()) return null;
  const bytes = Buffer.from(sql, "utf8");
  if (bytes.length > sqlParseBytesMax) return null;
  try {
    if (exceedsParseLimits(bytes, tokenize(bytes)) !== null) return null;
    const parsed = parser.parse(sql);
    return parsed.kind === "parsed" ? parsed.statements : null;
  } catch {
    return null;
  }
}

function classify(sql: string, parser: SqlParser, templates: RecentMap<Template>): Classified {
  if (sql.length > sqlParseBytesMax) return tooLong;
  // What the parser would see is not what the server would get.
  if (sql.includes("\0")) return unreadable("The text holds a NUL.");
  if (!sql.isWellFormed()) return unreadable("The text is not Unicode.");
  const bytes = Buffer.from(sql, "utf8");
  if (bytes.length > sqlParseBytesMax) return tooLong;
  if (bytes.length === 0) return emptyClassified;
  try {
    const tokens = tokenize(bytes);
    const key = templateKey(bytes, tokens);
    const template = templates.get(key);
    if (template !== undefined) return fillTemplate(template, sql, bytes, tokens);
    const classified = classifyText(sql, bytes, tokens, parser) ?? parserAbsent;
    const made = toTemplate(classified, tokens);
    if (made !== null) templates.set(key, made, weightOf(key, classified));
    return classified;
  } catch {
    return unreadable("The text can't be classified.");
  }
}

const tooLong = unreadable("The text is too long to be read.");
const parserAbsent = unreadable("The parser is being replaced.");

const entryBytes = 1_024;
const literalBytes = 96;

function weightOf(sql: string, { facts }: Classified): number {
  const names = [facts.reads, facts.writes, facts.functions, facts.kinds].flat();
  const characters = names.reduce((sum, name) => sum + name.length, sql.length);
  return entryBytes + 2 * characters + literalBytes * facts.literals.length;
}
