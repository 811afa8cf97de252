/**
 * The session's prepared statements and portals, as the upstream has them.
 *
 * Guarantees that the text which is judged for a name is the text that the upstream runs for it: a name is
 * never overwritten, and what the upstream failed or skipped is taken back. A name that this registry does
 * not know is not executed.
 */
import type { Parameter } from "#/core/action.ts";
import type { Received } from "./inbox.ts";
import type { MaskedRun } from "./masked/masked-run.ts";
import { NamedItems } from "./named-items.ts";
import type { Answer } from "./reply/answers.ts";
import type { Limited, RowCount } from "./reply/limited.ts";
import {
  type Classified,
  type Classifier,
  type Names,
  runsByName,
  type Statement,
} from "./sql/facts.ts";

export interface Prepared {
  readonly sql: string;
  readonly classified: Classified;
  readonly parameterTypes: readonly number[];
}

export interface Portal {
  readonly statement: Prepared;
  readonly parameters: readonly Parameter[];
  /** Whether it was not simply allowed when it was bound. */
  readonly asks: boolean;
  /** The Bind, and what followed it, that waits for the decision on the portal's execution. */
  deferred: readonly Received[];
  /** Whether it has run; running on then only fetches more of the same. */
  executed: boolean;
  /** As what it runs on, once it has run. */
  fetched: Fetched;
  /** What it has returned, over all of its executions, where that is limited. */
  limit?: PortalLimit;
  /** What of its rows is masked, over all of its executions. */
  masked?: MaskedRun | null;
}

export interface PortalLimit {
  readonly limited: Limited;
  readonly count: RowCount;
  readonly classified: Classified;
}

/**
 * A cursor's query is decided when the cursor is declared, and runs when rows are fetched: `read` where it counted as
 * a read then and may write after all.
 */
export type Fetched = "read" | "decided";

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

/** Names with this beginning are the gateway's own. */
export const reservedPrefix = "_countersign";
const statementsMax = 10_000;
/** What a session's prepared statements and portals may come to, texts and values together. */
export const statementsBytesMax = 64 * 1024 * 1024;
/** The server's hash tables cut longer names, so that two of them would be one there. */
const nameBytesMax = 63;

export function isUsableName(name: string): boolean {
  return !name.startsWith(reservedPrefix) && Buffer.byteLength(name) <= nameBytesMax;
}

export class Statements {
  #statements = new NamedItems<Prepared>(({ sql }) => sql.length);
  #portals = new NamedItems<Portal>(bytesOfPortal);
  /** Declared by SQL. */
  #cursors = new Map<string, Fetched>();

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

  /** Something unreadable ran, which may have changed any of them. */
  forgetStatements(): void {
    this.#statements.clear();
    this.#cursors.clear();
  }

  /**
   * The texts and values that a message runs by name, each once, as comments to be shown and approved with it:
   * without them an approval of `execute p` would fit whatever `p` comes to be.
   */
  runByName(classified: Classified): RunByName {
    return runsByName(classified) ? this.#runByName(classified) : nothingByName;
  }

  #runByName({ statements }: Classified): RunByName {
    const named = new Map<string, Named>();
    let chars = 0;
    for (const { kind, name, executes } of statements) {
      const isPortal = executes === null && kind === "fetch" && name !== null;
      const key = `${isPortal ? "fetch" : "execute"} ${executes ?? name ?? ""}`;
      if ((executes === null && !isPortal) || named.has(key)) continue;
      const found = isPortal ? this.#portalNamed(name) : this.#statementNamed(executes ?? "");
      if (found === null) continue;
      chars += found.text.length;
      if (chars > namedCharsMax) return { named: [...named.values()], isWhole: false };
      named.set(key, found);
    }
    return { named: [...named.values()], isWhole: true };
  }

  #statementNamed(name: string): Named | null {
    const sql = this.#statements.get(name)?.sql;
    return sql === undefined ? null : { text: asComment(name, sql), parameters: [] };
  }

  #portalNamed(name: string): Named | null {
    const portal = this.#portals.get(name);
    if (portal === undefined || portal.executed) return null;
    return { text: asComment(name, portal.statement.sql), parameters: portal.parameters };
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
          if (statement.name === "all") this.forgetStatements();
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

/** More text than this is not run by name in one message. */
export const namedCharsMax = 16 * 1024 * 1024;

export interface RunByName {
  readonly named: readonly Named[];
  /** False where there is more than `namedCharsMax` takes. */
  readonly isWhole: boolean;
}

const nothingByName: RunByName = { named: [], isWhole: true };

interface Named {
  readonly text: string;
  readonly parameters: readonly Parameter[];
}

function asComment(name: string, sql: string): string {
  const lines = `${name} is:\n${sql}`.split(/\r\n|[\n\r]/);
  return lines.map((line) => `-- ${line}`).join("\n");
}

/** Its text counts too: the statement may have been closed. The values come a second time in the Bind. */
function bytesOfPortal({ statement, parameters }: Portal): number {
  return parameters.reduce(
    (sum, { bytes }) => sum + 2 * (bytes?.length ?? 0),
    statement.sql.length,
  );
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
