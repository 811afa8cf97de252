/**
 * What a session's decisions ask to be masked: in the answer of each statement, and from then on in whatever the upstream says besides.
 *
 * Guarantees that rows fetched from a cursor are masked by all that was asked of the session so far, whatever the FETCH itself was decided
 * under, and that errors, notices and notifications are, also behind the statement that they belong to.
 */
import { type Mask, maskers, targetText } from "#/core/obligation.ts";
import type { Finder } from "#/masking/finder.ts";
import type { Classified, Classifier } from "#/proxies/postgres/sql/facts.ts";
import { partOf, textOf } from "#/proxies/postgres/touched/node.ts";
import type { TransactionStatus } from "#/proxies/postgres/wire/codec-backend.ts";
import type { Frame } from "#/proxies/postgres/wire/frames.ts";
import type { ColumnMasks } from "./column-masks.ts";
import type { KnownColumns } from "./known-columns.ts";
import { MaskedPassing } from "./masked-passing.ts";
import type { MaskedRun } from "./masked-run.ts";
import { type Expressions, expressionsOf } from "./origins.ts";
import { recognizersOf } from "./plan-columns.ts";
import type { MaskedCounts } from "./recognizing.ts";
import { type Replacements, replacementsOf } from "./replacements.ts";
import { spokenUnder } from "./spoken.ts";
import { StatementPlans } from "./statement-plans.ts";

/** What a connection's sessions mask with. */
export interface ConnectionMasking {
  readonly finder: () => Finder;
  readonly hashKey: Uint8Array;
  readonly columns: KnownColumns;
}

export interface SessionMasksOptions {
  readonly masking: ConnectionMasking;
  readonly dialogue: {
    readonly status: TransactionStatus;
    speakAs(spoken: (frame: Frame) => Buffer): void;
  };
  readonly classifier: Pick<Classifier, "trees">;
  /** What the session knows: its search path, and how often it may have changed the catalogue. */
  readonly knowledge: {
    readonly path: readonly string[] | null;
    readonly redefinitions: number;
  };
  /** The text of what was prepared under this name. */
  readonly prepared: (name: string) => string | null;
}

export interface MaskedStatement {
  readonly command: string;
  readonly classified: Pick<Classified, "statements" | "verbs">;
}

/** Declared by SQL. */
const cursorsKeptMax = 1_000;

export class SessionMasks {
  readonly #options: SessionMasksOptions;
  #replacements: Replacements | null = null;
  /** One for each target: the strictest of all decisions. */
  #seen: readonly Mask[] = [];
  #redefinitionsRead = 0;
  readonly #cursors = new Map<string, Expressions>();

  constructor(options: SessionMasksOptions) {
    this.#options = options;
  }

  /** Null where nothing is masked. To be called before the statement is sent. */
  begin(masks: readonly Mask[], statement: MaskedStatement): MaskedRun | Promise<MaskedRun> | null {
    const fetches = statement.classified.statements.some(({ kind }) => kind === "fetch");
    const all = fetches ? joined(masks, this.#seen) : masks;
    if (all.length === 0) return null;
    this.#see(all);
    const { masking, dialogue, knowledge, classifier } = this.#options;
    const { redefinitions } = knowledge;
    if (redefinitions !== this.#redefinitionsRead && dialogue.status === "idle") {
      masking.columns.forget();
      this.#redefinitionsRead = redefinitions;
    }
    const isRedefined = redefinitions !== this.#redefinitionsRead;
    const begun = (columns: ColumnMasks | null) =>
      this.#run(all, statement, { columns, isRedefined });
    const known = masking.columns.fresh(all);
    if (known !== null) return begun(known);
    return masking.columns.read(all, classifier).then(begun);
  }

  #run(
    masks: readonly Mask[],
    statement: MaskedStatement,
    known: { readonly columns: ColumnMasks | null; readonly isRedefined: boolean },
  ): MaskedRun {
    const counts: MaskedCounts = new Map();
    const expressions = this.#expressions(statement, known.columns);
    this.#keepCursors(statement, known.columns, expressions);
    const finder = this.#options.masking.finder();
    const replacements = this.#replace();
    const options = { masks, ...known, finder, replacements, expressions, counts };
    return {
      counts,
      passing: (inner) => new MaskedPassing(new StatementPlans(options), inner),
    };
  }

  /** Looked at once a result has a column that is none of a relation. */
  #expressions(
    { command, classified }: MaskedStatement,
    columns: ColumnMasks | null,
  ): (statement: number) => Expressions {
    const { classifier, knowledge } = this.#options;
    const { path } = knowledge;
    const known = new Map<number, Expressions>();
    let trees: ReturnType<Classifier["trees"]> | undefined;
    return (statement) => {
      if (classified.verbs.includes("sql.opaque")) return null;
      trees ??= classifier.trees(command);
      const before = known.get(statement);
      if (before !== undefined) return before;
      const expressions = this.#ofTree(trees?.[statement]?.stmt, columns, path);
      known.set(statement, expressions);
      return expressions;
    };
  }

  #ofTree(tree: unknown, columns: ColumnMasks | null, path: readonly string[] | null): Expressions {
    const fetched = textOf(partOf(tree, "FetchStmt")?.["portalname"]);
    if (fetched !== null) return this.#cursors.get(fetched) ?? null;
    const executed = textOf(partOf(tree, "ExecuteStmt")?.["name"]);
    if (executed === null) return expressionsOf(tree, columns, path);
    const text = this.#options.prepared(executed);
    const [inner, ...more] = (text === null ? null : this.#options.classifier.trees(text)) ?? [];
    return more.length > 0 ? null : expressionsOf(inner?.stmt, columns, path);
  }

  /** What a cursor's query gives is told by its text, which its FETCH does not have. */
  #keepCursors(
    { command, classified }: MaskedStatement,
    columns: ColumnMasks | null,
    expressions: (statement: number) => Expressions,
  ): void {
    if (columns === null) return;
    for (const [at, { kind, name }] of classified.statements.entries()) {
      if (kind !== "declare" || name === null) continue;
      if (this.#cursors.size >= cursorsKeptMax) this.#cursors.clear();
      const trees = this.#options.classifier.trees(command);
      const isWhole = trees?.length === classified.statements.length;
      this.#cursors.set(name, isWhole ? expressions(at) : null);
    }
  }

  #see(masks: readonly Mask[]): void {
    const seen = joined(this.#seen, masks);
    if (seen.length === this.#seen.length && seen.every((mask, at) => mask === this.#seen[at])) {
      return;
    }
    this.#seen = seen;
    const finder = this.#options.masking.finder();
    const recognizers = recognizersOf({ finder, replacements: this.#replace(), masks: seen });
    const hasColumns = seen.some(({ target }) => target.kind === "column");
    const spoken = { recognizers, hasColumns, counts: new Map() };
    this.#options.dialogue.speakAs((frame) => spokenUnder(frame, spoken));
  }

  #replace(): Replacements {
    this.#replacements ??= replacementsOf(this.#options.masking.hashKey);
    return this.#replacements;
  }
}

/** The strictest for each target; the first list's own objects where they are. */
function joined(one: readonly Mask[], other: readonly Mask[]): readonly Mask[] {
  const byTarget = new Map<string, Mask>();
  for (const mask of [...one, ...other]) {
    const key = targetText(mask.target);
    const before = byTarget.get(key);
    const isStricter =
      before === undefined || maskers.indexOf(mask.masker) < maskers.indexOf(before.masker);
    if (isStricter) byTarget.set(key, mask);
  }
  return [...byTarget.values()];
}
