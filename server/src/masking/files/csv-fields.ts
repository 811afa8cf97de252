/** The fields of a record of CSV (RFC 4180), as they are written and what they hold. */

export interface Field {
  readonly written: string;
  readonly value: string;
}

/** As the first line shows. */
export function separatorOf(head: string): string {
  const counts = [",", ";", "\t"].map((separator) => ({
    separator,
    count: head.split(separator).length,
  }));
  return counts.reduce((best, each) => (each.count > best.count ? each : best)).separator;
}

/** At most so many: a record may be made of separators. */
export function fieldsOf(
  record: string,
  separator: string,
  most: number = Number.POSITIVE_INFINITY,
): readonly Field[] {
  const fields: Field[] = [];
  for (let at = 0; at <= record.length && fields.length < most; ) {
    const end = record[at] === '"' ? closingQuote(record, at) + 1 : at;
    const next = record.indexOf(separator, end);
    const written = record.slice(at, next < 0 ? record.length : next);
    fields.push({ written, value: valueOf(written) });
    if (next < 0) break;
    at = next + 1;
  }
  return fields;
}

function valueOf(written: string): string {
  if (!written.startsWith('"')) return written;
  const isClosed = written.endsWith('"') && written.length > 1;
  return written.slice(1, isClosed ? -1 : undefined).replaceAll('""', '"');
}

function closingQuote(record: string, at: number): number {
  for (let end = at + 1; end < record.length; end += 1) {
    if (record[end] !== '"') continue;
    if (record[end + 1] === '"') end += 1;
    else return end;
  }
  return record.length - 1;
}

export function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** A line's text, its mark of the encoding before it and its end behind it. */
export function partsOf(line: string): {
  readonly mark: string;
  readonly text: string;
  readonly ending: string;
} {
  const mark = line.startsWith("\ufeff") ? "\ufeff" : "";
  const ending = /(?:\r\n|\n|\r)?$/.exec(line)?.[0] ?? "";
  return { mark, text: line.slice(mark.length, line.length - ending.length), ending };
}
