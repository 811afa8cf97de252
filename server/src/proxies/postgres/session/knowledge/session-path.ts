/** The search path of a session, along which names are looked up: as the server last told it, and whether it may be another one by now. */
import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import { parseSearchPath } from "#/proxies/postgres/sql/search-path.ts";

export class SessionPath {
  readonly #dialogue: Pick<Dialogue, "pathsReported" | "ask">;
  readonly #role: string;
  #names: readonly string[] | null = null;
  #reported = 0;
  /** Within the transaction that goes on: its end leads back to a path that was not read. */
  #hasMoved = false;

  constructor(dialogue: Pick<Dialogue, "pathsReported" | "ask">, role: string) {
    this.#dialogue = dialogue;
    this.#role = role;
  }

  get isKnown(): boolean {
    const { pathsReported } = this.#dialogue;
    if (pathsReported !== this.#reported) this.#names = null;
    this.#reported = pathsReported;
    return this.#names !== null;
  }

  /** As it was read last; none before. */
  get names(): readonly string[] {
    return this.#names ?? noPath;
  }

  /** Null where it may be another one. */
  get sure(): readonly string[] | null {
    return this.#hasMoved ? null : this.#names;
  }

  get hasMoved(): boolean {
    return this.#hasMoved;
  }

  /** Unless it is known. To be called where the upstream answers questions. */
  async read(): Promise<void> {
    if (this.isKnown) return;
    const [row] = await this.#dialogue.ask("show search_path");
    this.#names = parseSearchPath(row?.[0] ?? "", this.#role);
  }

  forget(): void {
    this.#names = null;
  }

  moved(): void {
    this.#hasMoved = true;
  }

  transactionEnded(): void {
    this.#hasMoved = false;
  }
}

const noPath: readonly string[] = [];
