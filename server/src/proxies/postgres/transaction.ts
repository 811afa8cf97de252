/**
 * What became of the commands that ran: done, failed, or done in a transaction whose end is still to come.
 *
 * Guarantees that a command counts as executed only once its COMMIT was seen, also through savepoints and
 * pipelines, that one of which a part was committed never counts as undone, and that losing the session while
 * a COMMIT is under way leaves its outcome unknown.
 */
import type { Outcome, TransactionEnd } from "#/core/protocol.ts";
import type { Answer } from "./reply/expected.ts";
import type { Statement } from "./sql/facts.ts";
import type { TransactionStatus } from "./wire/backend-messages.ts";
import { rowsOfTag } from "./wire/decode-backend.ts";

/** Where the outcome is told; it is lost with the session. */
export interface Fate {
  readonly resolve: (outcome: Outcome) => void;
  readonly lost: (cause: Error) => void;
}

/** What was decided and then not sent. */
export const notRun: Outcome = { state: "failed", detail: "not run" };

/** One message or Execute, which may hold several statements and even several transactions. */
interface Run {
  readonly answer: Answer;
  readonly fate: Fate;
  /** A COMMIT in it made a part of it lasting. */
  kept: boolean;
  /** A ROLLBACK in it took a part of it back, or its COMMIT did. */
  undone: boolean;
  /** How many of its statements are in the transaction that goes on. */
  open: number;
  /** It failed in a statement that may have committed something before that by itself. */
  readonly isPartial: boolean;
  /** Set once the outcome is told as uncommitted. */
  settle: ((end: TransactionEnd) => void) | null;
}

interface Savepoint {
  readonly name: string;
  /** The first run that a ROLLBACK TO it takes back. */
  readonly at: number;
  readonly run: Run;
}

type End = "executed" | "rolled_back";

export class Transaction {
  #runs: Run[] = [];
  #savepoints: Savepoint[] = [];

  /** A command has been answered; what it amounts to is known at the next ReadyForQuery, or before. */
  answered(statements: readonly Statement[], answer: Answer, fate: Fate): void {
    const isPartial = answer.error !== null && statements[answer.tags.length]?.kind === "call";
    const run: Run = { answer, fate, kept: false, undone: false, open: 0, isPartial, settle: null };
    this.#runs.push(run);
    let ended = false;
    // A statement that was reached has left a tag; the one that failed has not.
    for (const [index, tag] of answer.tags.entries()) {
      const statement = statements[index];
      if (statement !== undefined) ended = this.#follow(statement, tag, run) || ended;
    }
    if (ended && run.open === 0 && answer.error === null) this.#end(0, "executed");
  }

  /** The upstream is ready: nothing is under way any more. */
  ready(status: TransactionStatus, failed: boolean): void {
    if (status === "idle") {
      this.#end(0, failed ? "rolled_back" : "executed");
      this.#savepoints = [];
      return;
    }
    for (const run of this.#runs) {
      if (run.settle !== null) continue;
      if (run.answer.error !== null) {
        run.fate.resolve(endedAt(run, "rolled_back"));
        run.settle = () => {};
      } else {
        const { promise, resolve } = Promise.withResolvers<TransactionEnd>();
        run.settle = resolve;
        run.fate.resolve({
          ...completed(run.answer),
          state: "executed_uncommitted",
          ended: promise,
        });
      }
    }
  }

  /** The session is gone. What was not known to be committed or open by then stays unknown. */
  lost(committing: boolean, cause: Error): void {
    for (const run of this.#runs.splice(0)) {
      if (run.settle === null) run.fate.lost(cause);
      else run.settle(committing ? "outcome_unknown" : lastOf(run, "rolled_back"));
    }
  }

  /** Whether the statement ended a transaction. */
  #follow({ kind, name }: Statement, tag: string, run: Run): boolean {
    switch (kind) {
      case "begin":
        return false;
      case "commit":
        // COMMIT of a failed transaction answers ROLLBACK.
        this.#endBefore(run, tag === "COMMIT" ? "executed" : "rolled_back");
        if (tag === "COMMIT") run.kept = true;
        else run.undone = true;
        run.open = 0;
        return true;
      case "rollback":
        this.#endBefore(run, "rolled_back");
        if (run.open > 0) run.undone = true;
        run.open = 0;
        return true;
      case "savepoint": {
        // Nothing of this run stands before it, or something that would stay.
        const at = run.open === 0 ? this.#runs.length - 1 : this.#runs.length;
        this.#savepoints.push({ name: name ?? "", at, run });
        return false;
      }
      case "release":
        this.#savepoints = this.#savepoints.slice(0, Math.max(0, this.#lastSavepoint(name)));
        return false;
      case "rollback_to":
        this.#rollBackTo(this.#lastSavepoint(name), run);
        return false;
      default:
        run.open += 1;
        return false;
    }
  }

  #rollBackTo(index: number, run: Run): void {
    const savepoint = this.#savepoints[index];
    if (savepoint === undefined) return;
    this.#savepoints = this.#savepoints.slice(0, index + 1);
    // Within one message there is no telling what stood behind the savepoint: something of it stays.
    if (savepoint.run === run) return;
    this.#runs = this.#runs.filter((other) => other !== run);
    this.#end(savepoint.at, "rolled_back");
    this.#runs.push(run);
    if (run.open > 0) run.undone = true;
    run.open = 0;
  }

  #lastSavepoint(name: string | null): number {
    return this.#savepoints.findLastIndex((savepoint) => savepoint.name === name);
  }

  #endBefore(run: Run, end: End): void {
    this.#runs = this.#runs.filter((other) => other !== run);
    this.#end(0, end);
    this.#runs = [run];
    this.#savepoints = [];
  }

  #end(from: number, end: End): void {
    for (const run of this.#runs.splice(from)) {
      if (run.settle !== null) run.settle(lastOf(run, end));
      else run.fate.resolve(run.isPartial ? partial(run) : endedAt(run, end));
    }
  }
}

/** How a run ends whose last transaction ends so. */
function lastOf({ kept, undone, open }: Run, end: End): End {
  if (kept) return "executed";
  return undone && open === 0 ? "rolled_back" : end;
}

/** Outside of a block nobody but the procedure knows. */
function partial({ answer }: Run): Outcome {
  return { state: "failed", detail: `${answer.error}, and may have committed a part before` };
}

function endedAt(run: Run, end: End): Outcome {
  const { answer } = run;
  if (answer.error !== null && !run.kept) return { state: "failed", detail: answer.error };
  switch (lastOf(run, end)) {
    case "executed":
      return { ...completed(answer), state: "executed" };
    case "rolled_back":
      return { state: "failed", detail: answer.error ?? "rolled back" };
  }
}

/** More tags than this only lengthen the record. */
const tagsShownMax = 5;

function completed({ tags, rows, error }: Answer) {
  const shown = tags.slice(-tagsShownMax).join(", ");
  const written = tags.reduce((sum, tag) => sum + (rowsOfTag(tag) ?? 0), 0);
  return { detail: error === null ? shown : `${shown}, ${error}`, rows: Math.max(rows, written) };
}
