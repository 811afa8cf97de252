/**
 * Rewrites DataRow messages, however they are cut into pieces: cells that are masked are replaced, everything else is passed on to the byte.
 *
 * Guarantees that no byte of a row leaves before all of it was masked, that any cut of the stream gives the same bytes, and bounded
 * memory (`row-pieces.ts`).
 */
import { glancedBytesMost } from "#/masking/finder.ts";
import type { MaskedCounts, Recognizing } from "#/masking/recognizing.ts";
import { mayJoin, splitOver } from "#/masking/seam.ts";
import { mayBeLong } from "#/masking/values/value-bytes.ts";
import type { ColumnMask, Place } from "#/proxies/postgres/masked/values/column-mask.ts";
import { backend, headerBytes } from "#/proxies/postgres/wire/codec.ts";
import { OutputBytes } from "./output-bytes.ts";
import { endOfRow, int32At, malformedRow, UnfinishedRow } from "./row-pieces.ts";

export interface RowPlan {
  readonly columns: readonly ColumnMask[];
  readonly recognizers: Recognizing | null;
  readonly counts: MaskedCounts;
}

export class RowMasker {
  readonly #plan: RowPlan;
  /** Behind this column nothing is looked at. */
  readonly #lastSeen: number;
  /** Of each column and the one before it: what is put in their places where one goes on in the other. */
  readonly #seams: readonly (readonly [Place, Place] | null)[];
  readonly #hasSeams: boolean;
  readonly #unfinished = new UnfinishedRow();
  /** Of the row at hand: where its cells begin and end, and what stands in their place. */
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  readonly #replaced: (Buffer | null | undefined)[];
  readonly #nulled = new Set<number>();

  constructor(plan: RowPlan) {
    const { columns } = plan;
    this.#plan = plan;
    this.#lastSeen = columns.findLastIndex(({ kind }) => kind !== "copy");
    this.#seams = columns.map((column, at) => placesOf(columns[at - 1], column));
    this.#hasSeams = this.#seams.some((places) => places !== null);
    this.#starts = new Int32Array(columns.length);
    this.#ends = new Int32Array(columns.length);
    this.#replaced = columns.map(() => undefined);
  }

  /** Columns in which something that was found has become NULL. */
  get nulled(): ReadonlySet<number> {
    return this.#nulled;
  }

  /** What may leave now; null: the piece as it came. */
  push(piece: Buffer): Buffer | null {
    if (this.#lastSeen === -1) return null;
    const out = new OutputBytes(piece);
    let at = this.#unfinished.isEmpty ? 0 : this.#goOn(piece, out);
    while (at < piece.length) {
      const end = endOfRow(piece, at, piece.length);
      if (end === -1 || end > piece.length) break;
      this.#mask(piece, at, end, out);
      at = end;
    }
    if (at < piece.length) this.#unfinished.take(piece, at);
    return out.finish(at);
  }

  /** The rest of a row that another piece began. Where the piece goes on behind it. */
  #goOn(piece: Buffer, out: OutputBytes): number {
    const end = this.#unfinished.take(piece, 0);
    out.skip(end);
    const row = this.#unfinished.finish();
    if (row === null) return end;
    const rewritten = new OutputBytes(row);
    this.#mask(row, 0, row.length, rewritten);
    out.add(rewritten.finish(row.length) ?? row);
    return end;
  }

  #mask(source: Buffer, start: number, end: number, out: OutputBytes): void {
    const { columns } = this.#plan;
    let at = start + headerBytes;
    if (end - at < 2 || uint16At(source, at) !== columns.length) throw malformedRow();
    at += 2;
    let isChanged = false;
    for (let column = 0; column <= this.#lastSeen; column += 1) {
      if (at + 4 > end) throw malformedRow();
      const length = int32At(source, at);
      at += 4;
      this.#starts[column] = at;
      if (length === -1) {
        this.#ends[column] = -1;
        this.#replaced[column] = undefined;
        continue;
      }
      const cellEnd = at + length;
      if (length < 0 || cellEnd > end) throw malformedRow();
      this.#ends[column] = cellEnd;
      const replaced = this.#cell(columns[column] as ColumnMask, source, at, cellEnd);
      this.#replaced[column] = replaced;
      if (replaced === null) this.#nulled.add(column);
      isChanged ||= replaced !== undefined;
      at = cellEnd;
    }
    if (this.#hasSeams && this.#maskSplit(source)) isChanged = true;
    if (isChanged) this.#write(start, end, out);
  }

  #cell(column: ColumnMask, source: Buffer, start: number, end: number): Buffer | null | undefined {
    switch (column.kind) {
      case "copy":
        return undefined;
      case "constant":
        this.#count(column.entity);
        return column.bytes;
      case "text":
        if (end - start <= glancedBytesMost && !column.mayHold(source, start, end))
          return undefined;
        break;
      case "number":
        if (!mayBeLong(source, start, end)) return undefined;
        break;
      case "each":
        break;
    }
    const masked = column.mask(source.subarray(start, end));
    if (masked === undefined) return undefined;
    this.#count(masked.entity);
    return masked.bytes;
  }

  /** What two texts side by side hold only together takes both away. */
  #maskSplit(source: Buffer): boolean {
    const { recognizers } = this.#plan;
    if (recognizers === null) return false;
    let isChanged = false;
    for (let column = 1; column <= this.#lastSeen; column += 1) {
      const places = this.#seams[column] ?? null;
      if (places === null) continue;
      if (this.#ends[column] === -1 || this.#ends[column - 1] === -1) continue;
      if (!mayJoin(source, this.#starts, this.#ends, column)) continue;
      const one = this.#cellAt(source, column - 1);
      const other = this.#cellAt(source, column);
      const entity = splitOver(recognizers.finder, one, other);
      if (entity === null) continue;
      this.#replaced[column - 1] = places[0](entity, one.toString("utf8"));
      this.#replaced[column] = places[1](entity, other.toString("utf8"));
      this.#count(entity);
      this.#count(entity);
      isChanged = true;
    }
    return isChanged;
  }

  #cellAt(source: Buffer, column: number): Buffer {
    return source.subarray(this.#starts[column], this.#ends[column]);
  }

  #write(start: number, end: number, out: OutputBytes): void {
    let total = end - start - 1;
    for (let column = 0; column <= this.#lastSeen; column += 1) {
      const replaced = this.#replaced[column];
      if (replaced === undefined) continue;
      total += (replaced?.length ?? 0) - this.#lengthOf(column);
    }
    out.copyTo(start);
    out.header(backend.dataRow, total);
    out.skip(start + headerBytes);
    for (let column = 0; column <= this.#lastSeen; column += 1) {
      const replaced = this.#replaced[column];
      if (replaced === undefined) continue;
      const from = this.#starts[column] as number;
      out.copyTo(from - 4);
      out.value(replaced);
      out.skip(from + this.#lengthOf(column));
    }
    // What is left of the row is copied with what stays of those behind it.
  }

  #lengthOf(column: number): number {
    return (this.#ends[column] as number) - (this.#starts[column] as number);
  }

  #count(entity: Parameters<MaskedCounts["get"]>[0]): void {
    const { counts } = this.#plan;
    counts.set(entity, (counts.get(entity) ?? 0) + 1);
  }
}

/** Where one goes on in the other: two numbers side by side are no text. */
function placesOf(one: ColumnMask | undefined, other: ColumnMask | undefined) {
  const isText = one?.kind === "text" || other?.kind === "text";
  const [left, right] = [placeOf(one), placeOf(other)];
  return isText && left !== null && right !== null ? ([left, right] as const) : null;
}

function placeOf(column: ColumnMask | undefined): Place | null {
  return column?.kind === "text" || column?.kind === "number" ? column.place : null;
}

function uint16At(source: Buffer, at: number): number {
  return ((source[at] as number) << 8) | (source[at + 1] as number);
}
