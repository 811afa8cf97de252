/**
 * What a session's decisions ask to be masked: in the answer of each statement, and from then on in whatever the upstream says besides.
 *
 * Guarantees that rows fetched from a cursor are masked by all that was asked of the session so far, whatever the FETCH itself was decided
 * under, and that errors, notices and notifications are, also behind the statement that they belong to.
 */
import { type Mask, maskers, targetText } from "#/core/obligation.ts";
import type { Finder } from "#/masking/finder.ts";
import type { OpenedVault, SessionVaults } from "#/masking/pseudonyms.ts";
import { sessionError } from "#/proxies/postgres/present.ts";
import type { Classifier } from "#/proxies/postgres/sql/facts.ts";
import type { TransactionStatus } from "#/proxies/postgres/wire/codec-backend.ts";
import type { Frame } from "#/proxies/postgres/wire/frames.ts";
import type { ColumnMasks } from "./column-masks.ts";
import type { Expressions } from "./expressions.ts";
import type { KnownColumns } from "./known-columns.ts";
import { MaskedPassing } from "./masked-passing.ts";
import type { MaskedRun } from "./masked-run.ts";
import { createPlanCache } from "./plan-cache.ts";
import { recognizersOf } from "./plan-columns.ts";
import type { MaskedCounts } from "./recognizing.ts";
import { type Replacements, replacementsOf } from "./replacements.ts";
import { spokenUnder } from "./spoken.ts";
import { StatementPlans } from "./statement-plans.ts";
import {
  type MaskedStatement,
  readStatement,
  type StatementRead,
  whyNotMasked,
} from "./statement-read.ts";

/** What a connection's sessions mask with. */
export interface ConnectionMasking {
  readonly finder: () => Finder;
  readonly hashKey: Uint8Array;
  readonly vaults: SessionVaults;
  readonly columns: KnownColumns;
}

export interface SessionMasksOptions {
  /** Within which a pseudonym stands for the same: the agent on its connection, however many sessions it has. */
  readonly scope: string;
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

/** Declared by SQL. */
const cursorsKeptMax = 1_000;

export class SessionMasks {
  readonly #options: SessionMasksOptions;
  #replacements: Replacements | null = null;
  #vault: OpenedVault | null = null;
  /** One for each target: the strictest of all decisions. */
  #seen: readonly Mask[] = [];
  #redefinitionsRead = 0;
  readonly #cache = createPlanCache();
  readonly #cursors = new Map<string, Expressions>();

  constructor(options: SessionMasksOptions) {
    this.#options = options;
  }

  /** Null where nothing is masked. To be called before the statement is sent. */
  begin(masks: readonly Mask[], statement: MaskedStatement): MaskedRun | Promise<MaskedRun> | null {
    this.#forgetCursors(statement);
    const fetches = statement.classified.statements.some(({ kind }) => kind === "fetch");
    const all = fetches ? joined(masks, this.#seen) : masks;
    if (all.length === 0) return null;
    this.#see(all);
    const { masking, dialogue, knowledge, classifier } = this.#options;
    if (dialogue.status === "idle") this.ended();
    const isRedefined = knowledge.redefinitions !== this.#redefinitionsRead;
    const begun = (columns: ColumnMasks | null) =>
      this.#run(all, statement, { columns, isRedefined });
    const known = masking.columns.take(all, classifier);
    return known instanceof Promise ? known.then(begun) : begun(known);
  }

  /** A transaction has ended: what this session has changed of the catalogue holds for everybody. */
  ended(): void {
    const { redefinitions } = this.#options.knowledge;
    if (redefinitions === this.#redefinitionsRead) return;
    this.#options.masking.columns.forget();
    this.#redefinitionsRead = redefinitions;
  }

  #run(
    masks: readonly Mask[],
    statement: MaskedStatement,
    known: { readonly columns: ColumnMasks | null; readonly isRedefined: boolean },
  ): MaskedRun {
    const counts: MaskedCounts = new Map();
    const { masking, classifier, knowledge, prepared } = this.#options;
    const read = readStatement(statement, {
      // What names stand for may be something else by now.
      columns: known.isRedefined ? null : known.columns,
      trees: classifier.trees,
      path: knowledge.path,
      prepared,
      fetched: (name) => this.#cursors.get(name) ?? null,
    });
    this.#keepCursors(statement, read);
    const finder = masking.finder();
    const replacements = this.#replace();
    const options = { masks, ...known, finder, replacements, ...read, counts, cache: this.#cache };
    const why = whyNotMasked(statement, read, masks);
    return {
      counts,
      refused: why === null ? null : sessionError("ERROR", "0A000", why),
      passing: (inner) => new MaskedPassing(new StatementPlans(options), inner),
    };
  }

  /** What a cursor's query gives is told by its text, which its FETCH does not have. */
  #keepCursors({ classified }: MaskedStatement, { expressions }: StatementRead): void {
    for (const [at, { kind, name }] of classified.statements.entries()) {
      if (kind !== "declare" || name === null) continue;
      if (this.#cursors.size >= cursorsKeptMax) this.#cursors.clear();
      this.#cursors.set(name, expressions(at));
    }
  }

  /** A name keeps nothing of what it stood for before. */
  #forgetCursors({ classified: { verbs, statements } }: MaskedStatement): void {
    if (this.#cursors.size === 0) return;
    if (verbs.includes("sql.opaque")) this.#cursors.clear();
    for (const { kind, name } of statements) {
      if (kind === "declare" || kind === "close") this.#cursors.delete(name ?? "");
      if (kind === "close" && name === null) this.#cursors.clear();
    }
  }

  #see(masks: readonly Mask[]): void {
    const seen = joined(this.#seen, masks);
    if (seen.length === this.#seen.length && seen.every((mask, at) => mask === this.#seen[at])) {
      return;
    }
    this.#seen = seen;
    const finder = this.#options.masking.finder();
    const recognizers = recognizersOf({
      finder,
      replacements: this.#replace(),
      masks: seen,
      cache: this.#cache,
    });
    const hasColumns = seen.some(({ target }) => target.kind === "column");
    const spoken = { recognizers, hasColumns, counts: new Map() };
    this.#options.dialogue.speakAs((frame) => spokenUnder(frame, spoken));
  }

  #replace(): Replacements {
    this.#replacements ??= replacementsOf(this.#options.masking.hashKey, {
      put: (entity, key, value) => this.#pseudonyms().put(entity, key, value),
      get: (entity, number) => this.#pseudonyms().get(entity, number),
    });
    return this.#replacements;
  }

  /** Only a session that needs one opens it. */
  #pseudonyms(): OpenedVault {
    this.#vault ??= this.#options.masking.vaults.open(this.#options.scope);
    return this.#vault;
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
