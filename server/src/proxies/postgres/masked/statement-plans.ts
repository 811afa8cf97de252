/** The plans for the results of one message: where each column comes from, and what becomes of it. */
import { GatewayError } from "#/core/errors.ts";
import type { Mask } from "#/core/obligation.ts";
import type { Finder } from "#/masking/finder.ts";
import type { MaskedCounts } from "#/masking/recognizing.ts";
import type { Replacements } from "#/masking/replacement/replacements.ts";
import { CopyMasker } from "#/proxies/postgres/masked/copy/copy-masker.ts";
import type { CopySource } from "#/proxies/postgres/masked/copy/copy-source.ts";
import { planCopy } from "#/proxies/postgres/masked/copy/plan-copy.ts";
import type { ColumnMasks } from "#/proxies/postgres/masked/origin/column-masks.ts";
import type { Expressions } from "#/proxies/postgres/masked/origin/expressions.ts";
import { type Origin, ofDefinitions } from "#/proxies/postgres/masked/origin/origin.ts";
import { isClear, originOf } from "#/proxies/postgres/masked/origin/origins.ts";
import type { PlanCache } from "#/proxies/postgres/masked/rows/plan-cache.ts";
import { planColumns } from "#/proxies/postgres/masked/rows/plan-columns.ts";
import type { RowPlan } from "#/proxies/postgres/masked/rows/row-masker.ts";
import {
  builtInTypes,
  unknownType,
  type ValueType,
} from "#/proxies/postgres/masked/values/value-types.ts";
import type { ColumnDescription, CopyResponse } from "#/proxies/postgres/wire/backend-messages.ts";
import { maskedNotice } from "./masked-notice.ts";
import type { ResultPlans, Rewriter } from "./masked-passing.ts";

export interface StatementPlansOptions {
  readonly masks: readonly Mask[];
  /** Null where the catalogue could not be read. */
  readonly columns: ColumnMasks | null;
  readonly isRedefined: boolean;
  /** False once somebody may have changed the catalogue since the statement began. */
  readonly isSteady: () => boolean;
  readonly finder: Finder;
  readonly replacements: Replacements;
  /** Whether the message reads nothing but what describes the database. */
  readonly isOfDefinitions: () => boolean;
  /** What the outputs of the statement with this number are. */
  readonly expressions: (statement: number) => Expressions;
  /** Whether what it gives may be older than the catalogue. */
  readonly isOlder: (statement: number) => boolean;
  /** What the COPY with this number says of its data; a sentence where it can't be masked. */
  readonly copied: (statement: number) => CopySource | string | null;
  readonly counts: MaskedCounts;
  readonly cache: PlanCache;
}

const copyUnread =
  "The gateway can't read how the data of this COPY is written, so that it can't be masked.";

export class StatementPlans implements ResultPlans {
  readonly #options: StatementPlansOptions;
  readonly #hasColumns: boolean;
  /** Of the result at hand. */
  #names: readonly string[] = [];
  /** Columns of which nothing but NULL is shown. */
  #nulls = new Set<number>();

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
    this.#names = columns.map(({ name }) => name);
    this.#nulls = new Set();
    for (const [index, column] of plan.columns.entries()) {
      if (column.kind === "constant" && column.bytes === null) this.#nulls.add(index);
    }
    return plan;
  }

  copy({ columnFormats }: CopyResponse, statement: number): Rewriter {
    const source = this.#options.copied(statement);
    // Refused before it was sent, where that could be known.
    if (source === null || typeof source === "string") {
      throw new GatewayError("postgres.unsupported_session", source ?? copyUnread);
    }
    const count = columnFormats.length;
    const known = this.#options.isSteady() ? this.#told(source) : { ...source, columns: null };
    return new CopyMasker(planCopy(known, count, this.#hasColumns, this.#options));
  }

  notice(nulled: ReadonlySet<number>): Buffer | null {
    const whole = this.#nulls;
    this.#nulls = new Set();
    const names = this.#names.filter((_, index) => whole.has(index) || nulled.has(index));
    return names.length === 0 ? null : maskedNotice(names);
  }

  #told(source: CopySource): CopySource {
    if (source.columns === null || !this.#options.isOfDefinitions()) return source;
    const told = source.columns.map((each) => ({ ...each, origin: ofDefinitions(each.origin) }));
    return { ...source, columns: told };
  }

  #origin(column: ColumnDescription, index: number, count: number, statement: number): Origin {
    const origin = this.#traced(column, index, count, statement);
    const isTold = origin.kind === "clear" && this.#options.isSteady();
    return isTold && this.#options.isOfDefinitions() ? ofDefinitions(origin) : origin;
  }

  #traced(column: ColumnDescription, index: number, count: number, statement: number): Origin {
    const { columns, expressions, isOlder } = this.#options;
    const hasColumns = this.#hasColumns;
    const isRedefined = this.#options.isRedefined || !this.#options.isSteady();
    const known = originOf(column, { columns, isRedefined, hasColumns });
    if (known?.kind === "masked" || known?.kind === "hidden" || !hasColumns) {
      return known ?? { kind: "clear", from: null };
    }
    if (known !== null && !isOlder(statement)) return known;
    const isTraced = this.#options.isSteady() && isClear(expressions(statement), index, count);
    return isTraced ? (known ?? { kind: "clear", from: null }) : { kind: "hidden" };
  }

  #typeOf(oid: number): ValueType {
    return builtInTypes.get(oid) ?? this.#options.columns?.read.types.get(oid) ?? unknownType;
  }
}
