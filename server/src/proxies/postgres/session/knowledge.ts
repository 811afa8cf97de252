/**
 * What a session knows of its upstream that decisions depend on: the catalogue, the search path, and what
 * stands behind names. A text becomes an action with it.
 *
 * Guarantees that a statement is judged by what its names stand for when it runs, or counts as unreadable, and
 * that the gateway's look-ups take no snapshot that is the client's to take.
 */
import type { SqlFacts } from "#/core/facts.ts";
import type { Verb } from "#/core/verb.ts";
import type { Answer } from "#/proxies/postgres/answers.ts";
import {
  type Catalogue,
  isProven,
  mayCallRowFunction,
  mayCheck,
  resolveFacts,
} from "#/proxies/postgres/catalogue.ts";
import { checkRole } from "#/proxies/postgres/connection.ts";
import type { Dialogue } from "#/proxies/postgres/dialogue.ts";
import type { Received } from "#/proxies/postgres/inbox.ts";
import { type Classified, expand } from "#/proxies/postgres/sql/facts.ts";
import { parseSearchPath } from "#/proxies/postgres/sql/search-path.ts";
import { namedCharsMax, type Statements } from "#/proxies/postgres/statements.ts";
import { toAction } from "#/proxies/postgres/to-action.ts";
import { changesSettings, isExtraordinary, movesPath, takesBackSettings } from "./changes.ts";
import type { SessionContext } from "./context.ts";
import type { Statement } from "./proposed.ts";
import { isReadOnly } from "./read-only.ts";

export class Knowledge {
  readonly #context: SessionContext;
  readonly #dialogue: Dialogue;
  readonly #statements: Statements;
  #catalogue: Catalogue | null = null;
  #searchPath: readonly string[] | null = null;
  /** Within the transaction that goes on: its end leads back to a path that was not read. */
  #pathMoved = false;
  #resolved = new WeakMap<Classified, { readonly under: object; readonly facts: SqlFacts }>();

  constructor(context: SessionContext, dialogue: Dialogue, statements: Statements) {
    this.#context = context;
    this.#dialogue = dialogue;
    this.#statements = statements;
  }

  async prepare(): Promise<void> {
    const ask = this.#dialogue.ask.bind(this.#dialogue);
    await checkRole(this.#context.connection, ask);
    await this.begin();
  }

  /** Waits until the upstream owes nothing, and brings up to date what decisions depend on. */
  async begin(): Promise<void> {
    await this.#dialogue.settled();
    const { status } = this.#dialogue;
    // Within the client's transaction the gateway's look-ups would take the snapshot that is the client's to take.
    if (status === "idle") {
      const { shared } = this.#context.connection;
      this.#catalogue =
        shared.fresh() ?? (await shared.refresh(this.#dialogue.ask.bind(this.#dialogue)));
      this.#pathMoved = false;
    }
    if (status !== "failed") await this.readSearchPath();
  }

  /** For what comes up during a wait, which may be long. Null where it can't be read without a trace. */
  async readCatalogueAnew(): Promise<Catalogue | null> {
    const { shared } = this.#context.connection;
    await this.#dialogue.settled();
    if (this.#dialogue.status !== "idle") return shared.fresh();
    this.#catalogue = await shared.refresh(this.#dialogue.ask.bind(this.#dialogue));
    return this.#catalogue;
  }

  /** Unless it is known. To be called where the upstream answers questions. */
  async readSearchPath(): Promise<void> {
    if (this.#searchPath !== null) return;
    const [row] = await this.#dialogue.ask("show search_path");
    this.#searchPath = parseSearchPath(row?.[0] ?? "", this.#context.connection.resource.role);
    this.#resolved = new WeakMap();
  }

  classify(sql: string): Classified {
    return this.expand(this.#context.classifier.classify(sql));
  }

  /** With what it runs by name put in its place. */
  expand(classified: Classified): Classified {
    const names = this.#statements.names(this.#context.classifier.classify(""));
    const expanded = expand(classified, names);
    if (movesPath(expanded, this.#pathMoved)) {
      return opaque(expanded, "It moves the search path along which its own names are looked up.");
    }
    if (this.#catalogue !== null && mayCallRowFunction(expanded, this.#catalogue)) {
      return opaque(expanded, "What looks like a column may be a function that somebody made.");
    }
    return expanded;
  }

  /** Whether nothing in it can write, given that the server's read-only lock is on. */
  isProven(classified: Classified): boolean {
    return this.#catalogue !== null && isProven(classified, this.#catalogue);
  }

  /** Whether parsing it may run a function that somebody made. */
  mayRunParsed({ statements, facts, references }: Classified): boolean {
    const catalogue = this.#catalogue;
    // Of a text that can't be read nobody knows which types it names.
    const isUnread = statements.length === 0 && facts.opaque !== null;
    if (catalogue === null || (isUnread && catalogue.checkingTypes.size > 0)) return true;
    return mayCheck(references, catalogue);
  }

  /** People are asked about no more than that. */
  whyTooMuch(classified: Classified): string | null {
    if (this.#statements.runByName(classified).isWhole) return null;
    return `It runs more than ${namedCharsMax} characters by name.`;
  }

  /** Whether what is there up to a Sync or Flush executes only what asks. */
  onlyReads(received: readonly Received[]): boolean {
    const last = received.at(-1)?.message.kind;
    if (last !== "sync" && last !== "flush") return false;
    const parsed = new Map<string, Classified>();
    const isRead = (classified: Classified | undefined) =>
      classified !== undefined && isReadOnly(this.expand(classified));
    return received.every(({ message }) => {
      switch (message.kind) {
        case "query":
        case "function_call":
          return false;
        case "parse":
          parsed.set(message.name, this.#context.classifier.classify(message.sql));
          return isRead(parsed.get(message.name));
        case "bind": {
          const known = this.#statements.statement(message.statement)?.classified;
          return isRead(parsed.get(message.statement) ?? known);
        }
        default:
          return true;
      }
    });
  }

  /** The action of a statement, with what it runs by name. */
  action({ command, parameters, classified }: Statement) {
    const { principal, connection, id, clock } = this.#context;
    const { resource } = connection;
    const facts = this.#facts(classified);
    const { verbs } = classified;
    const { named } = this.#statements.runByName(classified);
    const proposal = {
      command: [command, ...named.map(({ text }) => text)].join("\n"),
      parameters: [...parameters, ...named.flatMap((each) => each.parameters)],
    };
    return toAction({ ...proposal, principal, resource, session: id, verbs, facts }, clock.now());
  }

  /** The same object for the same statement, so that decisions can be remembered by it. */
  #facts(classified: Classified): SqlFacts {
    const catalogue = this.#catalogue;
    if (catalogue === null) return classified.facts;
    const known = this.#resolved.get(classified);
    if (known?.under === catalogue) return known.facts;
    const facts = resolveFacts(classified.facts, catalogue, this.#searchPath ?? []);
    this.#resolved.set(classified, { under: catalogue, facts });
    return facts;
  }

  /** Keeps in step with what a statement has changed in the session. */
  ran(classified: Classified, sql: string, answer: Answer): void {
    this.#statements.ran(classified, sql, answer, this.#context.classifier);
    const unread = classified.verbs.includes("sql.opaque");
    if (unread) this.#statements.forgetStatements();
    const changed = changesSettings(classified);
    if (changed || isExtraordinary(classified)) this.#dialogue.forgetLock();
    // What SET LOCAL or a failed transaction had changed is back as well when the transaction ends.
    if (unread || changed || takesBackSettings(classified)) this.#searchPath = null;
    if (unread || changed) this.#pathMoved = true;
  }
}

function opaque(classified: Classified, why: string): Classified {
  return {
    ...classified,
    verbs: [...new Set<Verb>([...classified.verbs, "sql.opaque"])].toSorted(),
    facts: { ...classified.facts, opaque: classified.facts.opaque ?? why },
    proofCandidate: false,
  };
}
