/**
 * Rewrites the data of a COPY in text or CSV, however it is cut: fields that are masked are replaced, everything else is passed on to the byte,
 * each row in a message of its own, as the server sends them.
 *
 * Guarantees that no byte of a row leaves before all of it was masked, and bounded memory: one unfinished row.
 */

import type { Entity } from "#/core/entity.ts";
import { GatewayError } from "#/core/errors.ts";
import type { MaskedCounts } from "#/masking/recognizing.ts";
import type { CopyDataForm } from "#/proxies/postgres/copy/copy-statement.ts";
import type { Rewriter } from "#/proxies/postgres/masked/masked-passing.ts";
import { maskedRowBytesMax } from "#/proxies/postgres/masked/rows/row-pieces.ts";
import { headerBytes } from "#/proxies/postgres/wire/codec.ts";
import { encodeCopyData } from "#/proxies/postgres/wire/encode-frontend.ts";
import { GatheredBytes } from "#/wire/gathered-bytes.ts";
import { fieldEnds, fieldOf, LineEnds, valueOf } from "./copy-fields.ts";

/** Null: the field stays. */
export type MaskField = (
  value: string,
) => { readonly text: string; readonly entity: Entity | "column" } | null;

export interface CopyPlan {
  readonly form: CopyDataForm;
  /** Null: a column that is not looked at. */
  readonly fields: readonly (MaskField | null)[];
  readonly counts: MaskedCounts;
}

export class CopyMasker implements Rewriter {
  readonly #plan: CopyPlan;
  readonly #ends: LineEnds;
  #isHeader: boolean;
  /** What is left of the message under way, and as much of its header as has come. */
  #payloadLeft = 0;
  #header = Buffer.alloc(0);
  /** The line under way. */
  readonly #line = new GatheredBytes();

  constructor(plan: CopyPlan) {
    this.#plan = plan;
    this.#ends = new LineEnds(plan.form);
    this.#isHeader = plan.form.header;
  }

  push(piece: Buffer): Buffer {
    const out: Buffer[] = [];
    for (let at = 0; at < piece.length; ) {
      if (this.#payloadLeft === 0) {
        at = this.#readHeader(piece, at);
        continue;
      }
      const end = Math.min(piece.length, at + this.#payloadLeft);
      this.#payloadLeft -= end - at;
      this.#take(piece.subarray(at, end), out);
      at = end;
    }
    return Buffer.concat(out);
  }

  /** The server ends its last line. */
  end(): null {
    if (this.#line.length > 0) throw malformed();
    return null;
  }

  #readHeader(piece: Buffer, at: number): number {
    const end = Math.min(piece.length, at + headerBytes - this.#header.length);
    this.#header = Buffer.concat([this.#header, piece.subarray(at, end)]);
    if (this.#header.length === headerBytes) {
      this.#payloadLeft = this.#header.readInt32BE(1) - 4;
      this.#header = Buffer.alloc(0);
      if (this.#payloadLeft < 0) throw malformed();
    }
    return end;
  }

  #take(data: Buffer, out: Buffer[]): void {
    let from = 0;
    for (let end = this.#ends.next(data, 0); end !== -1; end = this.#ends.next(data, from)) {
      const part = data.subarray(from, end);
      out.push(encodeCopyData(this.#mask(this.#lineWith(part))));
      from = end;
    }
    if (from === data.length) return;
    const rest = data.subarray(from);
    if (this.#line.length + rest.length > maskedRowBytesMax) {
      const message = `A row is longer than the ${maskedRowBytesMax} bytes in which rows are masked.`;
      throw new GatewayError("postgres.message_too_large", message);
    }
    // The chunk that it is a view of is not kept for it.
    this.#line.add(this.#line.length === 0 ? Buffer.from(rest) : rest);
  }

  #lineWith(last: Buffer): Buffer {
    if (this.#line.length === 0) return last;
    this.#line.add(last);
    return this.#line.take();
  }

  #mask(line: Buffer): Buffer {
    if (this.#isHeader) {
      this.#isHeader = false;
      return line;
    }
    const { form, fields, counts } = this.#plan;
    const row = line.subarray(0, -1);
    const ends = fieldEnds(row, form);
    if (ends.length !== fields.length) throw malformed();
    const out: Buffer[] = [];
    let copied = 0;
    let start = 0;
    for (const [index, end] of ends.entries()) {
      const masked = this.#maskField(fields[index] ?? null, row.subarray(start, end));
      if (masked !== null) {
        counts.set(masked.entity, (counts.get(masked.entity) ?? 0) + 1);
        out.push(line.subarray(copied, start), Buffer.from(fieldOf(masked.text, form), "utf8"));
        copied = end;
      }
      start = end + 1;
    }
    return out.length === 0 ? line : Buffer.concat([...out, line.subarray(copied)]);
  }

  #maskField(mask: MaskField | null, field: Buffer): ReturnType<MaskField> {
    if (mask === null) return null;
    const value = valueOf(field, this.#plan.form);
    return value === null ? null : mask(value);
  }
}

function malformed(): GatewayError {
  return new GatewayError(
    "postgres.upstream_protocol",
    "The upstream database sent data of a COPY in another form than was asked for.",
  );
}
