/**
 * What the cursors give that a session has declared by SQL, which a FETCH does not say.
 *
 * Guarantees that a name stands for what the server declared under it: a DECLARE counts once it has succeeded, and nothing counts that a
 * failure or a rollback may have taken back. Rows of a cursor WITH HOLD may be older than the catalogue that tells where they come from.
 */
import type { Answer } from "#/proxies/postgres/reply/expected.ts";
import type { Statement } from "#/proxies/postgres/sql/facts.ts";
import type { Expressions } from "./expressions.ts";

export interface FetchedFrom {
  readonly expressions: Expressions;
  /** What it read may mean something else by now: no column passes by its name alone. */
  readonly isOlder: boolean;
}

interface Cursor {
  readonly expressions: Expressions;
  readonly isHeld: boolean;
  readonly isCommitted: boolean;
}

/** Declared by SQL. */
const cursorsKeptMax = 1_000;

export class Cursors {
  readonly #known = new Map<string, Cursor>();
  /** Sent, and not answered. */
  readonly #declaring = new Map<string, Expressions>();
  /** There may be cursors WITH HOLD that are not known. */
  #mayHold = false;
  #hasRunUnread = false;

  /** `isPortal`: the protocol has bound something under this name. */
  from(name: string, isPortal: boolean): FetchedFrom {
    const known = isPortal ? undefined : this.#known.get(name);
    if (known === undefined) return { expressions: null, isOlder: this.#mayHold };
    return { expressions: known.expressions, isOlder: known.isHeld };
  }

  /** To be called before it is sent. Of two at a time under one name nothing is known. */
  declaring(name: string, expressions: Expressions): void {
    this.#declaring.set(name, this.#declaring.has(name) ? null : expressions);
  }

  /** Each statement that was reached has left a tag. */
  ran(statements: readonly Statement[], { tags, error }: Pick<Answer, "tags" | "error">): void {
    for (const [at, { kind, name, runsAtCommit, opaque }] of statements.entries()) {
      const expressions = this.#declaring.get(name ?? "") ?? null;
      if (kind === "declare") this.#declaring.delete(name ?? "");
      const tag = tags[at];
      this.#hasRunUnread ||= opaque !== null;
      if (tag === undefined) continue;
      if (kind === "declare") this.#declared(name ?? "", expressions, runsAtCommit);
      if (kind === "close" && name !== null) this.#known.delete(name);
      if ((kind === "close" && name === null) || kind === "discard") this.#known.clear();
      if (tag === "ROLLBACK") this.failed();
    }
    if (error !== null) this.failed();
  }

  /** The upstream skipped it. */
  skipped(statements: readonly Statement[]): void {
    for (const { kind, name } of statements) {
      if (kind === "declare") this.#declaring.delete(name ?? "");
    }
    this.failed();
  }

  /** The transaction has failed, or went back: what it has declared may be gone. */
  failed(): void {
    for (const [name, { isCommitted }] of this.#known) if (!isCommitted) this.#known.delete(name);
  }

  /** A transaction has ended: but those WITH HOLD, cursors have ended with it. */
  ended(hasFailed: boolean): void {
    if (hasFailed) this.failed();
    for (const [name, cursor] of this.#known) {
      if (cursor.isHeld) this.#known.set(name, { ...cursor, isCommitted: true });
      else this.#known.delete(name);
    }
    // What can't be read may have declared some, too.
    this.#mayHold ||= this.#hasRunUnread;
    this.#hasRunUnread = false;
  }

  #declared(name: string, expressions: Expressions, isHeld: boolean): void {
    if (this.#known.size >= cursorsKeptMax) this.#known.clear();
    this.#known.set(name, { expressions, isHeld, isCommitted: false });
    this.#mayHold ||= isHeld;
  }
}
