/**
 * Splits SQL for colours alone: nothing is decided by it.
 *
 * Guarantees that the tokens, put together, are the text, whatever it is, and part no character; that a
 * comment or a string ends where PostgreSQL ends it, so that nothing that runs looks like a comment; and
 * linear time.
 */
export type SqlTokenKind =
  | "keyword"
  | "string"
  | "number"
  | "comment"
  | "name"
  | "parameter"
  | "other";

export interface SqlToken {
  readonly kind: SqlTokenKind;
  readonly text: string;
}

export function sqlTokens(text: string): readonly SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = 0;
  while (at < text.length) {
    const token = tokenAt(text, at);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function tokenAt(text: string, at: number): SqlToken {
  if (text.startsWith("/*", at))
    return { kind: "comment", text: text.slice(at, commentEnd(text, at)) };
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const [found] = pattern.exec(text) ?? [];
    if (found === undefined || found === "") continue;
    if (kind === "dollar")
      return { kind: "string", text: text.slice(at, dollarEnd(text, at, found)) };
    if (kind === "word") return { kind: isKeyword(found) ? "keyword" : "other", text: found };
    return { kind, text: found };
  }
  // A character may be two units, which no piece of the page may part.
  return { kind: "other", text: String.fromCodePoint(text.codePointAt(at) ?? 0) };
}

/** PostgreSQL's lexical structure (chapter 4.1); the first that fits counts. */
const patterns: readonly (readonly [SqlTokenKind | "dollar" | "word", RegExp])[] = [
  ["other", /\s+/y],
  ["comment", /--[^\n\r]*/y],
  ["string", /[eE]'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*(?:'|$)/y],
  ["string", /(?:[uU]&|[bBxXnN])?'[^']*(?:''[^']*)*(?:'|$)/y],
  ["name", /(?:[uU]&)?"[^"]*(?:""[^"]*)*(?:"|$)/y],
  ["dollar", /\$(?:[\p{L}_][\p{L}\p{N}\p{M}_]*)?\$/uy],
  ["parameter", /\$\d+/y],
  ["number", /(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?/y],
  ["word", /[\p{L}_][\p{L}\p{N}\p{M}_$]*/uy],
];

/** Comments nest. */
function commentEnd(text: string, at: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = at;
  let depth = 0;
  for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
    depth += found[0] === "/*" ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return text.length;
}

function dollarEnd(text: string, at: number, tag: string): number {
  const end = text.indexOf(tag, at + tag.length);
  return end === -1 ? text.length : end + tag.length;
}

function isKeyword(word: string): boolean {
  return keywords.has(word.toLowerCase());
}

const keywords: ReadonlySet<string> = new Set(
  `add all alter analyze and any array as asc begin between both by call cascade case cast check collate
  column comment commit concurrently conflict constraint copy create cross current_date current_timestamp
  current_user database deallocate declare default delete desc disable distinct do drop else enable end
  escape except exclude execute exists explain extension false fetch filter first following for force
  foreign from full function grant group grouping having if ilike immutable in index inherits inner insert
  instead intersect into is isolation join key language last lateral left level like limit lock materialized
  merge natural not nothing notify null nulls of off offset on only or order outer over owner partition
  policy preceding prepare primary privileges procedure public range read reassign recursive references
  refresh reindex release rename replace reset restart restrict returning returns revoke right role rollback
  row rows rule savepoint schema security select sequence serializable session set share show similar some
  start table temp temporary then to transaction trigger true truncate type unbounded union unique unlogged
  update user using vacuum values verbose view volatile when where window with work`.split(/\s+/),
);
