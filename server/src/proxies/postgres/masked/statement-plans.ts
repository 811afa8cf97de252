/** The plans for the results of one message: where each column comes from, and what becomes of it. */
import { GatewayError } from "#/core/errors.ts";
import type { Mask } from "#/core/obligation.ts";
import type { Finder } from "#/masking/finder.ts";
import type { ColumnDescription, CopyResponse } from "#/proxies/postgres/wire/codec-backend.ts";
import type { ColumnMasks } from "./column-masks.ts";
import { maskedNotice } from "./masked-notice.ts";
import type { ResultPlans, Rewriter } from "./masked-passing.ts";
import { type Expressions, isClear, originOf } from "./origins.ts";
import { type Origin, planColumns } from "./plan-columns.ts";
import type { MaskedCounts } from "./recognizing.ts";
import type { Replacements } from "./replacements.ts";
import type { RowPlan } from "./row-masker.ts";
import { builtInTypes, unknownType, type ValueType } from "./value-types.ts";

export interface StatementPlansOptions {
  readonly masks: readonly Mask[];
  /** Null where the catalogue could not be read. */
  readonly columns: ColumnMasks | null;
  readonly isRedefined: boolean;
  readonly finder: Finder;
  readonly replacements: Replacements;
  /** What the outputs of the statement with this number are. */
  readonly expressions: (statement: number) => Expressions;
  readonly counts: MaskedCounts;
}

export class StatementPlans implements ResultPlans {
  readonly #options: StatementPlansOptions;
  readonly #hasColumns: boolean;
  /** Columns of which nothing but NULL is shown. */
  #nulls: string[] = [];

  constructor(options: StatementPlansOptions) {
    this.#options = options;
    this.#hasColumns = options.masks.some(({ target }) => target.kind === "column");
  }

  rows(columns: readonly ColumnDescription[], statement: number): RowPlan {
    const origin = (column: ColumnDescription, index: number) =>
      this.#origin(column, index, columns.length, statement);
    const plan = planColumns(columns, origin, {
      ...this.#options,
      typeOf: (oid) => this.#typeOf(oid),
    });
    for (const [index, column] of plan.columns.entries()) {
      if (column.kind !== "constant" || column.bytes !== null) continue;
      this.#nulls.push(columns[index]?.name ?? "");
    }
    return plan;
  }

  copy(_response: CopyResponse, _statement: number): Rewriter {
    throw new GatewayError(
      "postgres.unsupported_session",
      "Data of a COPY that holds masked columns is not carried; use SELECT.",
    );
  }

  notice(): Buffer | null {
    const names = this.#nulls;
    this.#nulls = [];
    return names.length === 0 ? null : maskedNotice(names);
  }

  #origin(column: ColumnDescription, index: number, count: number, statement: number): Origin {
    const { columns, isRedefined, expressions } = this.#options;
    const hasColumns = this.#hasColumns;
    const known = originOf(column, { columns, isRedefined, hasColumns });
    if (known !== null) return known;
    if (!hasColumns || isClear(expressions(statement), index, count)) {
      return { kind: "clear", from: null };
    }
    return { kind: "hidden" };
  }

  #typeOf(oid: number): ValueType {
    return builtInTypes.get(oid) ?? this.#options.columns?.read.types.get(oid) ?? unknownType;
  }
}
