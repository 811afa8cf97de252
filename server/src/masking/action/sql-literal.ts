/** What a string constant of PostgreSQL stands for (PostgreSQL documentation, 4.1.2). */

export interface LiteralContent {
  /** What stands before and after the text itself. */
  readonly open: string;
  readonly close: string;
  /** As written in between, and what it means. */
  readonly inner: string;
  readonly value: string;
}

const simpleEscapes: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

export function literalContent(written: string): LiteralContent {
  const dollar = /^\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/.exec(written)?.[0];
  if (dollar !== undefined && written.endsWith(dollar) && written.length >= 2 * dollar.length) {
    const inner = written.slice(dollar.length, -dollar.length);
    return { open: dollar, close: dollar, inner, value: inner };
  }
  const quoted = /^(?<open>[a-z]?&?')(?<inner>[\s\S]*)'$/i.exec(written)?.groups;
  if (quoted === undefined) return { open: "", close: "", inner: written, value: written };
  const { open = "'", inner = "" } = quoted;
  const plain = inner.replaceAll("''", "'");
  const value = /^e/i.test(open) ? unescaped(plain) : /^u&/i.test(open) ? codePoints(plain) : plain;
  return { open, close: "'", inner, value };
}

function unescaped(text: string): string {
  return text.replaceAll(
    /\\(?:x([0-9a-f]{1,2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([0-7]{1,3})|([\s\S]))/gi,
    (_, hex?: string, short?: string, long?: string, octal?: string, other = "") => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
      const code = hex ?? short ?? long;
      return code === undefined
        ? (simpleEscapes[other] ?? other)
        : character(Number.parseInt(code, 16));
    },
  );
}

function codePoints(text: string): string {
  return text.replaceAll(
    /\\(?:\+([0-9a-f]{6})|([0-9a-f]{4})|\\)/gi,
    (_, long?: string, short?: string) => {
      const code = long ?? short;
      return code === undefined ? "\\" : character(Number.parseInt(code, 16));
    },
  );
}

function character(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : "";
}
