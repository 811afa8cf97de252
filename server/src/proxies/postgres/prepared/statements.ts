/**
 * The session's prepared statements and portals, as the upstream has them.
 *
 * Guarantees that the text which is judged for a name is the text that the upstream runs for it: a name is
 * never overwritten, and what the upstream failed or skipped is taken back. A name that this registry does
 * not know is not executed.
 */

import type { Answer } from "#/proxies/postgres/reply/expected.ts";
import type { Classified, Classifier, Names, Statement } from "#/proxies/postgres/sql/facts.ts";
import { NamedItems } from "./named-items.ts";
import { bytesOfPortal, type Fetched, type Portal, type Prepared } from "./prepared.ts";
import { type Holders, type RunByName, textsByName } from "./run-by-name.ts";

/** What is asked of a statement that SQL itself has made. */
export interface Judging {
  readonly classifier: Pick<Classifier, "classify">;
  /** What fetching from the cursors that ran declares. */
  readonly declares: () => Fetched;
}

/** Takes a change back: `failed` where the upstream refused the message itself, `skipped` where it never looked. */
export interface Undo {
  readonly failed: () => void;
  readonly skipped: () => void;
}

const statementsMax = 10_000;
/** What a session's prepared statements and portals may come to, texts and values together. */
export const statementsBytesMax = 64 * 1024 * 1024;
export class Statements {
  #statements = new NamedItems<Prepared>(({ sql }) => sql.length);
  /** Prepared before something ran that may have changed any of them. */
  readonly #doubted = new Map<string, Prepared>();
  #portals = new NamedItems<Portal>(bytesOfPortal);
  /** Declared by SQL. */
  #cursors = new Map<string, Fetched>();
  readonly #holders: Holders = {
    statement: (name) => this.#statements.get(name),
    portal: (name) => this.#portals.get(name),
  };

  statement(name: string): Prepared | undefined {
    return this.#statements.get(name);
  }

  portal(name: string): Portal | undefined {
    return this.#portals.get(name);
  }

  get full(): boolean {
    return (
      this.#statements.size >= statementsMax ||
      this.#portals.size >= statementsMax ||
      this.#statements.bytes + this.#portals.bytes > statementsBytesMax
    );
  }

  /** Nothing has been prepared, or all of it is closed. */
  get isEmpty(): boolean {
    return this.#statements.size === 0 && !this.isDoubted;
  }

  get isDoubted(): boolean {
    return this.#doubted.size > 0;
  }

  get portalsOpen(): number {
    return this.#portals.size;
  }

  prepare(name: string, statement: Prepared): Undo {
    return put(this.#statements, name, statement);
  }

  bind(name: string, portal: Portal): Undo {
    return put(this.#portals, name, portal);
  }

  closeStatement(name: string): Undo {
    return remove(this.#statements, name);
  }

  closePortal(name: string): Undo {
    return remove(this.#portals, name);
  }

  /** A transaction has ended; portals end with it. */
  endTransaction(): void {
    this.#portals.clear();
  }

  /** Something unreadable ran, which may have changed any of them. None is known until the upstream has said which it still has. */
  doubtStatements(): void {
    for (const [name, statement] of this.#statements.named()) this.#doubted.set(name, statement);
    this.#forgetStatements();
  }

  /**
   * With what the upstream has of what was prepared by the protocol, name and text: code that runs there can drop such a name and give it
   * to another text, but only as SQL's PREPARE.
   */
  confirm(prepared: Iterable<readonly (string | null)[]>): void {
    for (const [name, sql] of prepared) {
      const doubted = this.#doubted.get(name ?? "");
      const isKnown = this.#statements.get(name ?? "") !== undefined;
      if (doubted === undefined || isKnown || doubted.sql !== sql || this.full) continue;
      this.#statements.set(name ?? "", doubted);
    }
    this.#doubted.clear();
  }

  #forgetStatements(): void {
    this.#statements.clear();
    this.#cursors.clear();
  }

  /**
   * The texts and values that a message runs by name, each once, as comments to be shown and approved with it:
   * without them an approval of `execute p` would fit whatever `p` comes to be.
   */
  runByName(classified: Classified): RunByName {
    return textsByName(classified, this.#holders);
  }

  /** What stands behind the names in EXECUTE and FETCH. A cursor's query was decided when it was declared. */
  names(fetchOnly: Classified): Names {
    return {
      prepared: (name) => this.#statements.get(name)?.classified ?? null,
      cursor: (name) => {
        const portal = this.#portals.get(name);
        if (portal !== undefined && !portal.executed) return portal.statement.classified;
        return portal !== undefined || this.#cursors.has(name) ? fetchOnly : null;
      },
    };
  }

  /** What a FETCH from this name runs on with. */
  fetched(name: string): Fetched {
    const portal = this.#portals.get(name);
    if (portal === undefined) return this.#cursors.get(name) ?? "decided";
    if (portal.executed) return portal.fetched;
    const { runsPlainReads, verbs } = portal.statement.classified;
    if (runsPlainReads) return "decided";
    return verbs.every((verb) => verb === "sql.read") ? "read" : "decided";
  }

  /** Follows what SQL itself has prepared, declared or dropped. Each statement that was reached has left a tag. */
  ran(
    { statements }: Classified,
    sql: string,
    { tags }: Answer,
    { classifier, declares }: Judging,
  ): void {
    for (const statement of statements.slice(0, tags.length)) {
      switch (statement.kind) {
        case "prepare":
          this.#prepared(statement, sql, classifier);
          break;
        case "deallocate":
          if (statement.name === null) this.#statements.clear();
          else this.#statements.delete(statement.name);
          break;
        case "discard":
          if (statement.name === "all") this.#forgetStatements();
          break;
        case "declare":
          this.#declared(statement.name ?? "", declares());
          break;
        case "close":
          // SQL's CLOSE ends portals of the protocol too; another of the name may be declared then.
          if (statement.name === null) {
            this.#cursors.clear();
            this.#portals.clear();
          } else {
            this.#cursors.delete(statement.name);
            this.#portals.delete(statement.name);
          }
          break;
        default:
          break;
      }
    }
  }

  /** A name keeps nothing of what it stood for before, also in a session that has too many. */
  #declared(name: string, fetched: Fetched): void {
    this.#cursors.delete(name);
    if (this.#cursors.size < statementsMax) this.#cursors.set(name, fetched);
  }

  #prepared(
    { name, prepared }: Statement,
    sql: string,
    classifier: Pick<Classifier, "classify">,
  ): void {
    if (name === null || prepared === null || this.full) return;
    const text = Buffer.from(sql, "utf8").toString("utf8", prepared.start, prepared.end);
    const statement = { sql: text, classified: classifier.classify(text), parameterTypes: [] };
    this.#statements.set(name, statement);
  }
}

function put<Item>(items: NamedItems<Item>, name: string, item: Item): Undo {
  const before = items.get(name);
  items.set(name, item);
  return {
    // The server drops the unnamed one before it looks at its successor.
    failed: () => items.delete(name),
    skipped: () => (before === undefined ? items.delete(name) : items.set(name, before)),
  };
}

function remove<Item>(items: NamedItems<Item>, name: string): Undo {
  const before = items.get(name);
  items.delete(name);
  const restore = () => {
    if (before !== undefined) items.set(name, before);
  };
  return { failed: restore, skipped: restore };
}
