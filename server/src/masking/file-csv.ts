/** CSV (RFC 4180) by column: with commas, semicolons or tabs, as its first line shows. */
import { createRecordCutter, type FileRecord } from "./file-records.ts";
import type { FileScan, FileScanOptions } from "./file-scan.ts";
import { maskText } from "./mask-text.ts";
import { maskValue } from "./mask-value.ts";
import { classOf, type ValueClass } from "./value-class.ts";

/** Records that are read before it is decided what the columns are. */
const sampleRecordsMax = 50;

interface Columns {
  readonly separator: string;
  readonly names: readonly (string | null)[];
  readonly classes: readonly ValueClass[];
}

export function startCsv(options: FileScanOptions): FileScan {
  const { finder, replace, onFound, emit } = options;
  const cutter = createRecordCutter({ quoted: true });
  let waiting: FileRecord[] = [];
  let columns: Columns | null = null;

  return {
    push: (piece) => take(cutter.push(piece)),
    end() {
      take(cutter.end());
      settle();
    },
  };

  function take(records: readonly FileRecord[]): void {
    for (const record of records) {
      if (columns !== null) mask(record, columns);
      else if (waiting.push(record) > sampleRecordsMax) settle();
    }
  }

  function settle(): void {
    const [first] = waiting;
    if (columns !== null || first === undefined) return;
    columns = columnsOf(options, first, waiting);
    const hasNames = columns.names.some((name) => name !== null);
    if (hasNames) emit?.(first.bytes);
    for (const record of waiting.slice(hasNames ? 1 : 0)) mask(record, columns);
    waiting = [];
  }

  function mask(
    { bytes, line, isWhole }: FileRecord,
    { separator, names, classes }: Columns,
  ): void {
    const text = bytes.toString("utf8");
    if (!isWhole) {
      const whole = maskText(finder, replace, text);
      for (const entity of whole.entities)
        onFound({ entity, rule: null, confidence: null, line, column: null, path: null });
      emit?.(whole.entities.length === 0 ? bytes : Buffer.from(whole.text));
      return;
    }
    const ending = /\r?\n?$/.exec(text)?.[0] ?? "";
    let isChanged = false;
    const fields = fieldsOf(text.slice(0, text.length - ending.length), separator).map(
      (field, index) => {
        const is = classes[index] ?? { kind: "text", lead: "" };
        const masked = maskValue(finder, replace, is, field.value);
        if (masked.entities.length === 0) return field.written;
        isChanged = true;
        const path = names[index] ?? String(index + 1);
        for (const entity of masked.entities)
          onFound({ entity, rule: null, confidence: null, line, column: null, path });
        return field.written.startsWith('"') || masked.text.includes(separator)
          ? quoted(masked.text)
          : masked.text;
      },
    );
    emit?.(isChanged ? Buffer.from(fields.join(separator) + ending) : bytes);
  }
}

function columnsOf(
  { finder }: FileScanOptions,
  first: FileRecord,
  records: readonly FileRecord[],
): Columns {
  const head = lineOf(first);
  const separator = separatorOf(head);
  const heads = fieldsOf(head, separator).map(({ value }) => value);
  // A first line in which something is found has values, and no names.
  const hasNames = heads.every(
    (name) => finder.find(name).length === 0 && !/^[\d.,-]+$/.test(name),
  );
  const rows = records
    .slice(hasNames ? 1 : 0)
    .filter(({ isWhole }) => isWhole)
    .map((record) => fieldsOf(lineOf(record), separator));
  const names = heads.map((name) => (hasNames ? name : null));
  const classes = names.map((name, index) =>
    classOf(finder, { name, type: null, samples: rows.map((row) => row[index]?.value ?? null) }),
  );
  return { separator, names, classes };
}

function lineOf({ bytes }: FileRecord): string {
  return bytes
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .replace(/\r?\n$/, "");
}

function separatorOf(head: string): string {
  const counts = [",", ";", "\t"].map((separator) => ({
    separator,
    count: head.split(separator).length,
  }));
  return counts.reduce((best, each) => (each.count > best.count ? each : best)).separator;
}

interface Field {
  readonly written: string;
  readonly value: string;
}

function fieldsOf(record: string, separator: string): readonly Field[] {
  const fields: Field[] = [];
  for (let at = 0; at <= record.length; ) {
    let end = at;
    if (record[at] === '"') {
      end = closingQuote(record, at) + 1;
    }
    const next = record.indexOf(separator, end);
    const written = record.slice(at, next < 0 ? record.length : next);
    const value = written.startsWith('"')
      ? written
          .slice(1, written.endsWith('"') && written.length > 1 ? -1 : undefined)
          .replaceAll('""', '"')
      : written;
    fields.push({ written, value });
    if (next < 0) break;
    at = next + 1;
  }
  return fields;
}

function closingQuote(record: string, at: number): number {
  for (let end = at + 1; end < record.length; end += 1) {
    if (record[end] !== '"') continue;
    if (record[end + 1] === '"') end += 1;
    else return end;
  }
  return record.length - 1;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
