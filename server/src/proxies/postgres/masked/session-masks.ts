/**
 * What a session's decisions ask to be masked: in the answer of each statement, and from then on in whatever the upstream says besides.
 *
 * Guarantees that rows fetched from a cursor are masked by all that was asked of the session so far, whatever the FETCH itself was decided
 * under, and that errors, notices and notifications are, also behind the statement that they belong to.
 */
import type { Mask } from "#/core/obligation.ts";
import type { Finder } from "#/masking/finder.ts";
import type { MaskedCounts } from "#/masking/recognizing.ts";
import type { OpenedVault, SessionVaults } from "#/masking/replacement/pseudonyms.ts";
import { type Replacements, replacementsOf } from "#/masking/replacement/replacements.ts";
import type { ColumnMasks } from "#/proxies/postgres/masked/origin/column-masks.ts";
import { Cursors } from "#/proxies/postgres/masked/origin/cursors.ts";
import type { KnownColumns } from "#/proxies/postgres/masked/origin/known-columns.ts";
import { Redefining, redefines } from "#/proxies/postgres/masked/origin/redefining.ts";
import { createPlanCache } from "#/proxies/postgres/masked/rows/plan-cache.ts";
import { recognizersOf } from "#/proxies/postgres/masked/rows/plan-columns.ts";
import { sessionError } from "#/proxies/postgres/present.ts";
import type { Answer } from "#/proxies/postgres/reply/expected.ts";
import type { Classifier } from "#/proxies/postgres/sql/facts.ts";
import type { TransactionStatus } from "#/proxies/postgres/wire/backend-messages.ts";
import type { Frame } from "#/proxies/postgres/wire/frame.ts";
import { joined } from "./joined-masks.ts";
import { MaskedPassing } from "./masked-passing.ts";
import type { MaskedRun } from "./masked-run.ts";
import { spokenUnder } from "./spoken.ts";
import { StatementPlans, type StatementPlansOptions } from "./statement-plans.ts";
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
  /** Whether the protocol has bound something under this name. */
  readonly isPortal: (name: string) => boolean;
}

export class SessionMasks {
  readonly #options: SessionMasksOptions;
  #replacements: Replacements | null = null;
  #vault: OpenedVault | null = null;
  /** One for each target: the strictest of all decisions. */
  #seen: readonly Mask[] = [];
  #redefinitionsRead = 0;
  readonly #cache = createPlanCache();
  readonly #cursors = new Cursors();
  readonly #redefining: Redefining;

  constructor(options: SessionMasksOptions) {
    this.#options = options;
    this.#redefining = new Redefining(() => options.masking.columns.changing());
  }

  /** Null where nothing is masked. To be called before the statement is sent. */
  begin(masks: readonly Mask[], statement: MaskedStatement): MaskedRun | Promise<MaskedRun> | null {
    const { statements } = statement.classified;
    const fetches = statements.some(({ kind }) => kind === "fetch");
    const all = fetches ? joined(masks, this.#seen) : masks;
    if (all.length === 0) return null;
    this.#see(all);
    const { masking, dialogue, knowledge, classifier } = this.#options;
    if (dialogue.status === "idle") this.#forgetOwn();
    const isRedefined =
      knowledge.redefinitions !== this.#redefinitionsRead ||
      this.#redefining.isOpen ||
      (statements.length > 1 && redefines(statement.classified));
    const { isChanging, state } = masking.columns;
    const isSteady = () =>
      !isChanging && !masking.columns.isChanging && masking.columns.state === state;
    const begun = (columns: ColumnMasks | null) =>
      this.#run(all, statement, { columns, isRedefined, isSteady });
    const known = masking.columns.take(all, classifier);
    const opening = this.#vaultOpening(all);
    if (opening === null && !(known instanceof Promise)) return begun(known);
    return Promise.all([known, opening]).then(([columns]) => begun(columns));
  }

  /** To be called right before it is sent. */
  sent(classified: MaskedStatement["classified"]): void {
    this.#redefining.sent(classified, this.#options.dialogue.status);
  }

  ran({ statements }: MaskedStatement["classified"], answer: Answer): void {
    this.#cursors.ran(statements, answer);
  }

  skipped({ statements }: MaskedStatement["classified"]): void {
    this.#cursors.skipped(statements);
  }

  /** A transaction that has ended leaves to everybody what this session has changed of the catalogue. */
  ready(status: TransactionStatus, failed: boolean): void {
    this.#redefining.ready(status);
    if (status === "failed") this.#cursors.failed();
    if (status !== "idle") return;
    this.#cursors.ended(failed);
    this.#forgetOwn();
  }

  /** The session is gone. */
  lost(): void {
    this.#redefining.over();
  }

  #forgetOwn(): void {
    const { redefinitions } = this.#options.knowledge;
    if (redefinitions === this.#redefinitionsRead) return;
    this.#options.masking.columns.forget();
    this.#redefinitionsRead = redefinitions;
  }

  #run(
    masks: readonly Mask[],
    statement: MaskedStatement,
    known: Pick<StatementPlansOptions, "columns" | "isRedefined" | "isSteady">,
  ): MaskedRun {
    const counts: MaskedCounts = new Map();
    const { masking, classifier, knowledge, prepared, isPortal } = this.#options;
    const read = readStatement(statement, {
      // What names stand for may be something else by now.
      columns: known.isRedefined ? null : known.columns,
      trees: classifier.trees,
      path: knowledge.path,
      prepared,
      fetched: (name) => this.#cursors.from(name, isPortal(name)),
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
      this.#cursors.declaring(name, expressions(at));
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

  /** What is answered before it is open would show the same values without their numbers. */
  #vaultOpening(masks: readonly Mask[]): Promise<void> | null {
    const isNeeded = masks.some(({ masker }) => masker === "tokenise");
    return isNeeded ? this.#pseudonyms().opening() : null;
  }

  /** Only a session that needs one opens it. */
  #pseudonyms(): OpenedVault {
    this.#vault ??= this.#options.masking.vaults.open(this.#options.scope);
    return this.#vault;
  }
}
