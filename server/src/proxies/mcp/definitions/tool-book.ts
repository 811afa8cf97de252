/**
 * What the gateway knows of the tools of one server: how it defines them, which of these definitions are pinned, and what each tool is
 * taken for.
 *
 * Guarantees that a definition counts as the pinned one only while it is the same, byte for byte of its canonical form; that another one
 * changes nothing that is pinned until a person accepts it; and that what was pinned is durable, with its record, before it counts. What is
 * not known here is unknown, never harmless. Must not know how a server is asked: what it said is handed in.
 */
import type { Deception } from "#/core/deception.ts";
import { errorCodes, GatewayError } from "#/core/errors.ts";
import type { DefinitionState, McpMethod } from "#/core/facts.ts";
import type { Digest } from "#/core/ids.ts";
import type { Json } from "#/core/json.ts";
import type { PinnedTool, ToolPins } from "#/core/tool-pin.ts";
import type { Clock } from "#/platform/clock.ts";
import type { Log } from "#/platform/log.ts";
import { type AlikeNames, createAlikeNames } from "./alike-names.ts";
import type { Classified } from "./classify-tool.ts";
import { findDeception } from "./find-deception.ts";
import {
  classOf,
  type JudgedTool,
  judgeCall,
  type KnownCall,
  type OwnersWord,
  shownAs,
  stateOf,
  unheard,
} from "./judge-tool.ts";
import type { Shown } from "./shown-list.ts";
import { readDefinition, type ToolDefinition } from "./tool-definition.ts";

/** Of one server; what it lists beyond is not known, and so held by every policy that holds what is unknown. */
export const toolsKnownMax = 2_000;
/** Of one tool, since the gateway's start: a server that changes its mind at every listing does not fill the log. */
export const changesRecordedMax = 20;

/** Definitions of one server's tools of which it is logged that they are not on record as a change. */
const unrecordedLoggedMax = 200;

export interface ToolBookDeps {
  readonly connection: string;
  readonly owner: OwnersWord;
  readonly pins: ToolPins;
  readonly clock: Clock;
  readonly log: Log;
  /** Its server defines it from now on as this person has rejected it. Resolves once nothing waits for it any more; never rejects. */
  readonly onRejected: (tool: string, person: string) => Promise<void>;
}

/** A tool as people look at it. */
export interface ToolView {
  readonly name: string;
  readonly state: DefinitionState;
  readonly classified: Classified;
  readonly deceptions: readonly Deception[];
  /** As its server defines it now. */
  readonly offered: ToolDefinition;
  /** Null where it was never used. */
  readonly pinned: PinnedTool["pinned"];
  /** Where that is what is offered. */
  readonly rejected: PinnedTool["rejected"];
}

/** The person who judges a definition. */
type Judge = NonNullable<NonNullable<PinnedTool["pinned"]>["person"]>;

interface Entry extends JudgedTool {
  readonly changesRecorded: number;
}

export class ToolBook {
  readonly #deps: ToolBookDeps;
  readonly #entries = new Map<string, Entry>();
  readonly #names: AlikeNames;
  /** Definitions of which it was logged that they are not on record as a change. */
  readonly #unrecorded = new Set<string>();
  /** An entry never changes: what it tells is worked out once. */
  readonly #knownOnce = new WeakMap<Entry, KnownCall>();
  /** Changes of one tool, one behind another. */
  #saving: Promise<unknown> = Promise.resolve();

  /** `stored` is what the store keeps of this connection. */
  constructor(deps: ToolBookDeps, stored: readonly PinnedTool[]) {
    this.#deps = deps;
    this.#names = createAlikeNames(Object.keys(deps.owner));
    for (const tool of stored) {
      const last = tool.changed ?? tool.pinned ?? tool.rejected;
      const offered = last === null ? null : readDefinition(last.content);
      if (offered !== null) this.#put(offered, tool, 0);
    }
  }

  known(method: McpMethod, name: string): KnownCall {
    const entry = method === "tools/call" ? this.#entries.get(name) : undefined;
    if (entry === undefined) return unheard(method, name, this.#deps.owner);
    const before = this.#knownOnce.get(entry);
    if (before !== undefined) return before;
    const known = judgeCall(entry, this.#deps.owner);
    this.#knownOnce.set(entry, known);
    return known;
  }

  /** Of a name that is not known: whether it reads as one that is, or that the owner names. */
  readsAsAnother(name: string): boolean {
    return this.#names.other(name) !== null;
  }

  /** The same of a tool that is being listed so, before the list is heard; null where it is none. */
  listed(tool: Json): KnownCall | null {
    const judged = this.#listed(tool);
    return judged === null ? null : judgeCall(judged, this.#deps.owner);
  }

  /** How an agent sees a tool that its server lists so. */
  shown(tool: Json): Shown {
    const judged = this.#listed(tool);
    return judged === null ? "left out" : shownAs(judged);
  }

  /** A page of what the server lists. What is malformed in it is not known. */
  async heard(tools: Json | undefined): Promise<void> {
    if (!Array.isArray(tools)) return;
    const defined = Map.groupBy(
      (tools as readonly Json[]).flatMap((tool) => readDefinition(tool) ?? []),
      ({ name }) => name,
    );
    for (const [name, definitions] of defined) {
      const pinned = this.#entries.get(name)?.stored?.pinned?.digest;
      // Of one that is listed twice the one that differs: nobody knows which of them a client goes by.
      const other = definitions.find(({ digest }) => digest !== pinned) ?? definitions[0];
      if (other !== undefined) await this.#hear(other);
    }
  }

  /** It runs under this definition: from now on it is pinned; null where nothing is to be done for that. Of one that deceives, only a person's word does that. */
  used(name: string, fingerprint: string): Promise<void> | null {
    const entry = this.#entries.get(name);
    if (entry === undefined || entry.stored !== null || entry.deceptions.length > 0) return null;
    if (entry.offered.digest !== fingerprint) return null;
    return this.#pin(name, fingerprint as Digest, null).then(() => undefined);
  }

  /** A person has looked at this definition and takes it. Throws where it is not what the server says any more. */
  accept(name: string, digest: Digest, person: Judge): Promise<ToolView> {
    return this.#judged(name, digest, () => this.#pin(name, digest, person));
  }

  /** Or does not: nothing of it runs as long as its server says exactly that, and nobody accepts it. Throws likewise. */
  reject(name: string, digest: Digest, person: Judge): Promise<ToolView> {
    return this.#judged(name, digest, async () => {
      const isRejected = await this.#reject(name, digest, person);
      await this.tellRejected(name);
      return isRejected;
    });
  }

  /** Of one that stands rejected; of others it tells nothing. */
  async tellRejected(name: string): Promise<void> {
    const rejected = this.view(name)?.rejected ?? null;
    if (rejected !== null) await this.#deps.onRejected(name, rejected.person.name);
  }

  view(name: string): ToolView | null {
    const entry = this.#entries.get(name);
    if (entry === undefined) return null;
    const { offered, deceptions, stored } = entry;
    const classified = classOf(entry, this.#deps.owner);
    const pinned = stored?.pinned ?? null;
    const state = stateOf(entry);
    const rejected = state === "rejected" ? (stored?.rejected ?? null) : null;
    return { name, state, classified, deceptions, offered, pinned, rejected };
  }

  /** By name. */
  views(): readonly ToolView[] {
    const names = [...this.#entries.keys()].toSorted();
    return names.flatMap((name) => this.view(name) ?? []);
  }

  async #judged(name: string, digest: Digest, judge: () => Promise<boolean>): Promise<ToolView> {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw refusal("mcp.tool_unknown");
    if (entry.offered.digest !== digest) throw refusal("mcp.definition_changed");
    if (!(await judge())) throw refusal("mcp.definition_changed");
    return this.view(name) ?? fail();
  }

  async #hear(offered: ToolDefinition): Promise<void> {
    const entry = this.#entries.get(offered.name);
    if (entry?.offered.digest === offered.digest) return;
    if (entry === undefined && this.#entries.size >= toolsKnownMax) return;
    // What it is from here on counts at once; the record of it follows.
    this.#put(offered, entry?.stored ?? null, entry?.changesRecorded ?? 0);
    // It may have come back to what a person has rejected.
    await this.tellRejected(offered.name);
    if (this.#entries.get(offered.name)?.stored)
      await this.#inTurn(() => this.#noteChange(offered.name));
  }

  async #noteChange(name: string): Promise<void> {
    const entry = this.#entries.get(name);
    if (!entry?.stored) return;
    const { offered, stored, changesRecorded } = entry;
    const at = this.#deps.clock.now();
    const isBack = offered.digest === stored.pinned?.digest;
    const last = stored.changed ?? stored.pinned ?? stored.rejected;
    if (last?.digest === offered.digest) return;
    if (changesRecorded >= changesRecordedMax) {
      return this.#logUnrecorded(offered);
    }
    const changed = isBack ? null : { digest: offered.digest, content: offered.content, at };
    const next: PinnedTool = { ...stored, version: stored.version + 1, changed };
    if ((await this.#deps.pins.noteChange(next, at)) !== "saved") return;
    this.#put(this.#entries.get(name)?.offered ?? offered, next, changesRecorded + 1);
  }

  /** Once for each definition: a server may come back to it at every listing. */
  #logUnrecorded({ digest, name }: ToolDefinition): void {
    const what = `${name} ${digest}`;
    if (this.#unrecorded.has(what) || this.#unrecorded.size >= unrecordedLoggedMax) return;
    this.#unrecorded.add(what);
    this.#deps.log.warn("tool.changes_unrecorded", { connection: this.#deps.connection });
  }

  #pin(name: string, digest: Digest, person: Judge | null): Promise<boolean> {
    return this.#change(name, digest, async ({ offered, stored }, version, at) => {
      if (person === null && stored !== null) return null;
      const tool: PinnedTool = {
        connection: this.#deps.connection,
        name,
        version,
        pinned: { digest, content: offered.content, at, person },
        changed: null,
        // Another that was rejected stays so, should the server come back to it.
        rejected: stored?.rejected?.digest === digest ? null : (stored?.rejected ?? null),
      };
      return (await this.#deps.pins.pin(tool, stored)) === "saved" ? tool : null;
    });
  }

  #reject(name: string, digest: Digest, person: Judge): Promise<boolean> {
    return this.#change(name, digest, async ({ offered, stored }, version, at) => {
      const rejected = { digest, content: offered.content, at, person };
      const { pinned = null, changed = null } = stored ?? {};
      const { connection } = this.#deps;
      const tool: PinnedTool = { connection, name, version, pinned, changed, rejected };
      return (await this.#deps.pins.reject(tool, rejected)) === "saved" ? tool : null;
    });
  }

  /** Of exactly this definition; false where it is no longer what its server says, or nothing was changed. */
  #change(
    name: string,
    digest: Digest,
    save: (entry: Entry, version: number, at: number) => Promise<PinnedTool | null>,
  ): Promise<boolean> {
    return this.#inTurn(async () => {
      const entry = this.#entries.get(name);
      if (entry === undefined || entry.offered.digest !== digest) return false;
      const version = (entry.stored?.version ?? 0) + 1;
      const tool = await save(entry, version, this.#deps.clock.now());
      if (tool === null) return false;
      // The server may have said something else meanwhile: that is a change of what is pinned now.
      this.#put(this.#entries.get(name)?.offered ?? entry.offered, tool, entry.changesRecorded);
      return true;
    });
  }

  /** One change behind another, so that each is of the version that it replaces. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#saving.then(change);
    this.#saving = turn.catch(() => undefined);
    return turn;
  }

  #put(offered: ToolDefinition, stored: PinnedTool | null, changesRecorded: number): void {
    this.#names.note(offered.name);
    const before = this.#entries.get(offered.name);
    const deceptions =
      before?.offered.digest === offered.digest ? before.deceptions : this.#deceptionsIn(offered);
    this.#entries.set(offered.name, { offered, deceptions, stored, changesRecorded });
  }

  #deceptionsIn({ name, content }: ToolDefinition): readonly Deception[] {
    const other = this.#names.other(name);
    const found = findDeception(content);
    if (other === null) return found;
    return [{ kind: "alike", at: "name", words: other }, ...found];
  }

  #listed(tool: Json): JudgedTool | null {
    const offered = readDefinition(tool);
    if (offered === null) return null;
    const entry = this.#entries.get(offered.name);
    if (entry?.offered.digest === offered.digest) return entry;
    // Of two on one page that read alike the second is flagged, before either is known.
    this.#names.note(offered.name);
    return { offered, deceptions: this.#deceptionsIn(offered), stored: entry?.stored ?? null };
  }
}

function refusal(code: "mcp.tool_unknown" | "mcp.definition_changed"): GatewayError {
  return new GatewayError(code, errorCodes[code]);
}

function fail(): never {
  throw new TypeError("a tool that was pinned is known");
}

export async function openToolBook(deps: ToolBookDeps): Promise<ToolBook> {
  const stored = await deps.pins.of(deps.connection);
  const book = new ToolBook(deps, stored);
  // The gateway may have ended right behind a rejection.
  for (const { name } of stored) await book.tellRejected(name);
  return book;
}
