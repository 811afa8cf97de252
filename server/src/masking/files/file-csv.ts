/**
 * CSV (RFC 4180) by column: with commas, semicolons or tabs, as its first line shows.
 *
 * Fails closed where columns can't be told. Of a record that has too many fields, or too few and lines within quotes, all is replaced from the
 * first column on that a name would have replaced whole, and where there is one, so is a record that was cut because it is too long.
 */

import { type Masked, maskText } from "#/masking/mask-text.ts";
import { maskValue } from "#/masking/values/mask-value.ts";
import { classOf, type ValueClass } from "#/masking/values/value-class.ts";
import { type Field, fieldsOf, partsOf, quoted, separatorOf } from "./csv-fields.ts";
import { cutRecords, type FileRecord } from "./file-records.ts";
import type { FileScan, FileScanOptions } from "./file-scan.ts";

/** Records that are read before it is decided what the columns are. */
const sampleRecordsMax = 50;
/** Columns whose names and samples are looked at; those behind them are looked at as text. */
const columnsMax = 4096;

interface Columns {
  readonly separator: string;
  readonly names: readonly (string | null)[];
  readonly classes: readonly ValueClass[];
  /** Where the first column stands that is replaced whole; Infinity where none is. */
  readonly firstTold: number;
  readonly count: number;
}

const text: ValueClass = { kind: "text", lead: "" };

export function startCsv(options: FileScanOptions): FileScan {
  const { finder, replace, onFound, emit } = options;
  const cutter = cutRecords((first) => separatorOf(partsOf(first.toString("utf8")).text));
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

  function mask(record: FileRecord, known: Columns): void {
    if (!record.isWhole) return maskCut(record, known);
    const { mark, text: row, ending } = partsOf(record.bytes.toString("utf8"));
    const fields = fieldsOf(row, known.separator);
    const isMoved = isMovedIn(fields, known);
    let isChanged = false;
    const written = fields.map((field, index) => {
      if (field.value === "") return field.written;
      const isHidden = isMoved && (index >= known.firstTold || hasLines(field));
      const masked = isHidden ? unscanned(field.value) : maskField(known, index, field.value);
      if (masked.entities.length === 0) return field.written;
      isChanged = true;
      tell(record, masked, known.names[index] ?? String(index + 1));
      return field.written.startsWith('"') || masked.text.includes(known.separator)
        ? quoted(masked.text)
        : masked.text;
    });
    emit?.(isChanged ? Buffer.from(mark + written.join(known.separator) + ending) : record.bytes);
  }

  function maskField({ classes }: Columns, index: number, value: string): Masked {
    return maskValue(finder, replace, classes[index] ?? text, value);
  }

  function maskCut(record: FileRecord, { firstTold }: Columns): void {
    const all = record.bytes.toString("utf8");
    const masked = Number.isFinite(firstTold) ? unscanned(all) : maskText(finder, replace, all);
    tell(record, masked, null);
    emit?.(masked.entities.length === 0 ? record.bytes : Buffer.from(masked.text));
  }

  function unscanned(value: string): Masked {
    return { text: replace("unscanned", value), entities: ["unscanned"] };
  }

  function tell({ line }: FileRecord, { entities }: Masked, path: string | null): void {
    for (const entity of entities)
      onFound({ entity, rule: null, confidence: null, line, column: null, path });
  }
}

/** Whether its fields may stand in other columns: there are too many, or so few that a quote may have taken in others and lines with them. */
function isMovedIn(fields: readonly Field[], { count, firstTold }: Columns): boolean {
  if (!Number.isFinite(firstTold)) return false;
  if (fields.slice(count).some(({ value }) => value !== "")) return true;
  return Number.isFinite(count) && fields.length < count && fields.some(hasLines);
}

function hasLines({ value }: Field): boolean {
  return value.includes("\n");
}

function columnsOf(
  { finder }: FileScanOptions,
  first: FileRecord,
  records: readonly FileRecord[],
): Columns {
  const head = partsOf(first.bytes.toString("utf8")).text;
  const separator = separatorOf(head);
  const heads = fieldsOf(head, separator, columnsMax).map(({ value }) => value);
  // A first line in which something is found has values, and no names.
  const hasNames =
    first.isWhole &&
    heads.every((name) => finder.find(name).length === 0 && !/^[\d.,-]+$/.test(name));
  const rows = records
    .slice(hasNames ? 1 : 0)
    .filter(({ isWhole }) => isWhole)
    .map(({ bytes }) => fieldsOf(partsOf(bytes.toString("utf8")).text, separator, heads.length));
  const names = heads.map((name) => (hasNames ? name : null));
  const classes = names.map((name, index) =>
    classOf(finder, { name, type: null, samples: rows.map((row) => row[index]?.value ?? null) }),
  );
  const told = classes.findIndex(({ kind }) => kind === "entity");
  return {
    separator,
    names,
    classes,
    firstTold: told < 0 ? Number.POSITIVE_INFINITY : told,
    count: heads.length < columnsMax ? heads.length : Number.POSITIVE_INFINITY,
  };
}
