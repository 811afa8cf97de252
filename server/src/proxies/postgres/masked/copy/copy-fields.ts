/**
 * Where the lines and fields of COPY data lie that a server sends, and how a value is written there.
 *
 * Source: PostgreSQL, `CopyAttributeOutText` and `CopyAttributeOutCSV` in `copyto.c`: a line ends at a newline, and at none within quotes.
 */
import type { CopyDataForm } from "#/proxies/postgres/copy/copy-statement.ts";
import { csvValues, textValues } from "#/proxies/postgres/copy/line-values.ts";

const newline = 0x0a;
const backslash = 0x5c;

/** Finds the ends of lines in data that comes in pieces. */
export class LineEnds {
  readonly #quote: number;
  readonly #escape: number;
  #inQuotes = false;
  #escaped = false;

  constructor({ format, quote, escape }: CopyDataForm) {
    // Text has no quotes: a newline within a value is written as two other bytes.
    this.#quote = format === "csv" ? quote.charCodeAt(0) : -1;
    // Where the two are one, every quote turns the state around, a doubled one twice.
    this.#escape = format === "csv" && escape !== quote ? escape.charCodeAt(0) : -1;
  }

  /** Behind the next newline that ends a line; -1 where the piece has none. */
  next(data: Buffer, from: number): number {
    if (this.#quote === -1) {
      const at = data.indexOf(newline, from);
      return at === -1 ? -1 : at + 1;
    }
    for (let at = from; at < data.length; at += 1) {
      const byte = data[at] as number;
      if (byte === newline && !this.#inQuotes) return at + 1;
      if (this.#escaped) this.#escaped = false;
      else if (this.#inQuotes && byte === this.#escape) this.#escaped = true;
      else if (byte === this.#quote) this.#inQuotes = !this.#inQuotes;
    }
    return -1;
  }
}

/** The ends of the fields of one line, its newline aside. */
export function fieldEnds(line: Buffer, form: CopyDataForm): readonly number[] {
  const ends: number[] = [];
  const delimiter = form.delimiter.charCodeAt(0);
  const isCsv = form.format === "csv";
  const quote = form.quote.charCodeAt(0);
  const escape = isCsv ? form.escape.charCodeAt(0) : backslash;
  let inQuotes = !isCsv;
  for (let at = 0; at < line.length; at += 1) {
    const byte = line[at] as number;
    if (byte === delimiter && (!isCsv || !inQuotes)) ends.push(at);
    else if (inQuotes && byte === escape && (!isCsv || isMarked(line[at + 1], quote, escape)))
      at += 1;
    else if (isCsv && byte === quote) inQuotes = !inQuotes;
  }
  ends.push(line.length);
  return ends;
}

function isMarked(byte: number | undefined, quote: number, escape: number): boolean {
  return byte === quote || byte === escape;
}

/** The value of a field; null for NULL. */
export function valueOf(field: Buffer, form: CopyDataForm): string | null {
  const [value = null] = form.format === "csv" ? csvValues(field, form) : textValues(field, form);
  return value?.toString("utf8") ?? null;
}

export function fieldOf(value: string | null, form: CopyDataForm): string {
  const { format, delimiter, quote, escape, nullText } = form;
  if (value === null) return nullText;
  if (format === "csv") {
    const marked = value.replaceAll(
      new RegExp(`[${classOf(quote + escape)}]`, "g"),
      `${literal(escape)}$&`,
    );
    return `${quote}${marked}${quote}`;
  }
  const marked = new RegExp(`[${classOf(`${delimiter}\\`)}\b\f\n\r\t\v]`, "g");
  return value.replaceAll(marked, (char) =>
    char === delimiter ? `\\${char}` : (escapes[char] ?? `\\${char}`),
  );
}

function classOf(chars: string): string {
  return chars.replaceAll(/[\]\\^-]/g, "\\$&");
}

/** A dollar sign stands for something in what replaces. */
function literal(text: string): string {
  return text.replaceAll("$", "$$$$");
}

const escapes: Readonly<Record<string, string>> = {
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};
