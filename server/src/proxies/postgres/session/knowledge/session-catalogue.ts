/**
 * What a session relies on of its upstream's catalogue: read at least every `catalogueAgeMaxMs`, between transactions alone.
 *
 * Guarantees that what was prepared means what its names mean in the catalogue by which it is judged: the server keeps the relations to
 * which they led when it was prepared, also where others come before them since, until it is told to look them up anew.
 */
import type { Catalogue } from "#/proxies/postgres/catalogue/catalogue.ts";
import type { PostgresConnection } from "#/proxies/postgres/connection.ts";
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import type { Statements } from "#/proxies/postgres/prepared/statements.ts";

type Connection = Pick<PostgresConnection, "shared" | "masked">;

export class SessionCatalogue {
  readonly #connection: Connection;
  readonly #dialogue: Dialogue;
  readonly #statements: Pick<Statements, "isEmpty">;
  #catalogue: Catalogue | null = null;
  /** It has run what may have changed the catalogue, since it was between transactions. The call tells that this is over. */
  #changing: (() => void) | null = null;
  /** It has, since it has read the catalogue by itself. */
  #isRedefined = false;
  #redefinitions = 0;
  /** The names of relations as they were when what is prepared was last analysed. */
  #preparedAmong: Catalogue["schemas"] | null = null;

  constructor(connection: Connection, dialogue: Dialogue, statements: Statements) {
    this.#connection = connection;
    this.#dialogue = dialogue;
    this.#statements = statements;
  }

  /** As it was read last. */
  get read(): Catalogue | null {
    return this.#catalogue;
  }

  /** Null where a session of the gateway may have changed what was read. */
  get relied(): Catalogue | null {
    return this.relyOn(this.#catalogue);
  }

  relyOn(catalogue: Catalogue | null): Catalogue | null {
    return catalogue !== null && this.#connection.shared.isSure(catalogue) ? catalogue : null;
  }

  /** What the connection's sessions have read, if it is recent. */
  get shared(): Catalogue | null {
    return this.#connection.shared.fresh();
  }

  /** How often this session has run what may have changed it. */
  get redefinitions(): number {
    return this.#redefinitions;
  }

  /** To be called before it is sent, so that no other session relies on what it changes. */
  redefining(): void {
    this.#changing ??= this.#connection.shared.changing();
  }

  redefined(): void {
    this.redefining();
    this.#isRedefined = true;
    this.#redefinitions += 1;
  }

  /** To be called where its transaction is over. */
  settled(): void {
    this.#changing?.();
    this.#changing = null;
  }

  /** Whether it is recent. To be called between transactions. */
  take(): boolean {
    this.settled();
    const fresh = this.#fresh();
    if (fresh !== null) this.#begin(fresh);
    return fresh !== null;
  }

  /** Reads it where it is not. To be called between transactions. */
  async renew(): Promise<void> {
    this.settled();
    this.#begin(this.#fresh() ?? (await this.#refresh()));
  }

  /** For what comes up during a wait, which may be long. Null where it can't be read without a trace. */
  async readAnew(): Promise<Catalogue | null> {
    await this.#dialogue.settled();
    if (this.#dialogue.status !== "idle") return this.shared;
    this.#catalogue = await this.#refresh();
    return this.#catalogue;
  }

  /** Where columns are masked, what this session has redefined is read again at once: without it nothing is known of any column. */
  #fresh(): Catalogue | null {
    return this.#isRedefined && this.#connection.masked() !== null ? null : this.shared;
  }

  #refresh(): Promise<Catalogue> {
    this.#isRedefined = false;
    return this.#connection.shared.refresh(this.#dialogue.ask.bind(this.#dialogue));
  }

  #begin(catalogue: Catalogue): void {
    this.#catalogue = catalogue;
    const { schemas } = catalogue;
    if (schemas === this.#preparedAmong) return;
    if (this.#preparedAmong !== null && !this.#statements.isEmpty) this.#dialogue.forgetPlans();
    this.#preparedAmong = schemas;
  }
}
