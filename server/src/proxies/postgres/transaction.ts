/**
 * What became of the commands that ran: done, failed, or done in a transaction whose end is still to come.
 *
 * Guarantees that a command counts as executed only once its COMMIT was seen, also through savepoints and
 * pipelines, and that losing the session while a COMMIT is under way leaves its outcome unknown.
 */
import type { Outcome, TransactionEnd } from "#/core/protocol.ts";
import type { Answer } from "./answers.ts";
import { rowsOfTag, type TransactionStatus } from "./codec-backend.ts";
import type { Statement } from "./facts.ts";

/** Where the outcome is told; it is lost with the session. */
export interface Fate {
  readonly resolve: (outcome: Outcome) => void;
  readonly lost: (cause: Error) => void;
}

interface Run {
  readonly answer: Answer;
  readonly fate: Fate;
  /** Set once the outcome is told as uncommitted. */
  settle: ((end: TransactionEnd) => void) | null;
}

export class Transaction {
  #runs: Run[] = [];
  #savepoints: { readonly name: string; readonly at: number }[] = [];

  /** A command has been answered; what it amounts to is known at the next ReadyForQuery, or before. */
  answered(statements: readonly Statement[], answer: Answer, fate: Fate): void {
    this.#runs.push({ answer, fate, settle: null });
    // A statement that was reached has left a tag; the one that failed has not.
    for (const [index, tag] of answer.tags.entries()) {
      const statement = statements[index];
      if (statement !== undefined) this.#control(statement, tag);
    }
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
      const { promise, resolve } = Promise.withResolvers<TransactionEnd>();
      if (run.answer.error !== null) {
        run.fate.resolve({ state: "failed", detail: run.answer.error });
        run.settle = () => {};
      } else {
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
      else run.settle(committing ? "outcome_unknown" : "rolled_back");
    }
  }

  #control({ kind, name }: Statement, tag: string): void {
    switch (kind) {
      case "commit":
        // COMMIT of a failed transaction answers ROLLBACK.
        this.#end(0, tag === "COMMIT" ? "executed" : "rolled_back");
        this.#savepoints = [];
        return;
      case "rollback":
        this.#end(0, "rolled_back");
        this.#savepoints = [];
        return;
      case "savepoint":
        this.#savepoints.push({ name: name ?? "", at: this.#runs.length });
        return;
      case "release":
        this.#savepoints = this.#savepoints.slice(0, Math.max(0, this.#lastSavepoint(name)));
        return;
      case "rollback_to": {
        const index = this.#lastSavepoint(name);
        this.#end(this.#savepoints[index]?.at ?? 0, "rolled_back");
        this.#savepoints = this.#savepoints.slice(0, index + 1);
        return;
      }
      default:
        return;
    }
  }

  #lastSavepoint(name: string | null): number {
    return this.#savepoints.findLastIndex((savepoint) => savepoint.name === name);
  }

  #end(from: number, end: "executed" | "rolled_back"): void {
    for (const run of this.#runs.splice(from)) {
      if (run.settle !== null) run.settle(end);
      else run.fate.resolve(endedAt(run.answer, end));
    }
  }
}

function endedAt(answer: Answer, end: "executed" | "rolled_back"): Outcome {
  if (answer.error !== null && !answer.tags.includes("COMMIT")) {
    return { state: "failed", detail: answer.error };
  }
  switch (end) {
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
