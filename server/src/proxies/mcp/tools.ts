/**
 * What the gateway knows of what a server offers, before it is called: learned from the lists that pass, in the order in which they pass.
 */
import type { McpMethod } from "#/core/facts.ts";
import type { Json } from "#/core/json.ts";
import type { Log } from "#/platform/log.ts";
import type { KnownCall } from "./definitions/judge-tool.ts";
import type { ToolBook } from "./definitions/tool-book.ts";
import type { CredentialScrub } from "./masked/credential.ts";
import { type MirroredParameter, mirroredIn } from "./wire/mirrored-parameters.ts";

export interface ToolKnown extends KnownCall {
  readonly mirrored: readonly MirroredParameter[];
}

export interface Tools {
  known(method: McpMethod, name: string): ToolKnown;
  /** It is not listed, and reads as one that is or that the owner names: a server may take it for that one. */
  readsAsAnother(method: McpMethod, name: string): boolean;
  /** A page of what the server lists: known to every call from then on. */
  heard(tools: Json | undefined): void;
  /** Once all that was heard is known; null where it is. */
  settled(): Promise<void> | null;
  /** It runs under this definition now, which is pinned before it does; null where it is. */
  used(name: string, fingerprint: string): Promise<void> | null;
}

export interface ToolsDeps {
  readonly book: ToolBook;
  /** People are shown what a server says of its tools, and it is kept. */
  readonly scrub: CredentialScrub;
  readonly log: Pick<Log, "warn">;
  readonly connection: string;
}

export function toolsOf({ book, scrub, log, connection }: ToolsDeps): Tools {
  let learning: Promise<void> | null = null;
  /** The book gives the same object for as long as it knows nothing else. */
  const once = new WeakMap<KnownCall, ToolKnown>();
  return {
    known(method, name) {
      const known = book.known(method, name);
      const before = once.get(known);
      if (before !== undefined) return before;
      const told = { ...known, mirrored: mirroredIn(known.inputSchema) };
      once.set(known, told);
      return told;
    },
    readsAsAnother: (method, name) => method === "tools/call" && book.readsAsAnother(name),
    heard(tools) {
      const learned: Promise<void> = (learning ?? Promise.resolve())
        .then(() => book.heard(withoutCredential(tools, scrub)))
        .catch(() => log.warn("tools.unrecorded", { connection }))
        .then(() => {
          if (learning === learned) learning = null;
        });
      learning = learned;
    },
    settled: () => learning,
    used: (name, fingerprint) => book.used(name, fingerprint),
  };
}

function withoutCredential(tools: Json | undefined, { scrub }: CredentialScrub): Json | undefined {
  const clean = tools === undefined ? null : scrub(JSON.stringify(tools));
  return clean === null ? tools : (JSON.parse(clean) as Json);
}
