/**
 * Follows one session with a real PostgreSQL from both sides, to know which text each execution stood for.
 *
 * What was sent is not yet so: a server that has failed skips messages up to the next Sync, and what they would
 * have prepared or bound never comes to be. Only its answers tell.
 */
import { backend } from "#/proxies/postgres/wire/codec.ts";
import { decodeFrontend } from "#/proxies/postgres/wire/decode-frontend.ts";
import { FrameSplitter } from "#/proxies/postgres/wire/frame-splitter.ts";
import type { FrontendMessage } from "#/proxies/postgres/wire/frontend-messages.ts";

export interface WatchEvents {
  readonly onParse: (sql: string, name: string) => void;
  /**
   * It was sent, and should stand for this text. The answer to it calls the result, with the text that it did
   * stand for, or null if the server ran nothing for it.
   */
  readonly onSent: (sql: string, name: string) => (ran: string | null, succeeded: boolean) => void;
}

interface Portal {
  readonly sql: string;
  readonly executed: boolean;
}

interface Pending {
  readonly kind: FrontendMessage["kind"];
  /** The server has done it: succeeded, or failed in doing it. */
  readonly done: (succeeded: boolean) => void;
}

export interface Watch {
  fromClient(chunk: Buffer): void;
  fromServer(chunk: Buffer): void;
}

export function watchUpstream({ onParse, onSent }: WatchEvents): Watch {
  const near = new FrameSplitter({ direction: "frontend" });
  const far = new FrameSplitter({ direction: "backend" });
  /** As the server has them, and as they will be if it fails in nothing that is under way. */
  const real = { statements: new Map<string, string>(), portals: new Map<string, Portal>() };
  let hoped = copyOf(real);
  let pending: Pending[] = [];
  let startup: Buffer | null = Buffer.alloc(0);
  let isReady = false;
  /** The Query that is under way has. */
  let hasFailed = false;

  const take = (message: FrontendMessage): Pending["done"] => {
    switch (message.kind) {
      case "parse": {
        onParse(message.sql, message.name);
        hoped.statements.set(message.name, message.sql);
        return (succeeded) => {
          if (message.name === "") real.statements.delete("");
          if (succeeded) real.statements.set(message.name, message.sql);
        };
      }
      case "bind": {
        const bind = (tables: typeof real) => {
          const sql = tables.statements.get(message.statement);
          if (sql !== undefined) tables.portals.set(message.portal, { sql, executed: false });
        };
        bind(hoped);
        return (succeeded) => {
          if (message.portal === "") real.portals.delete("");
          if (succeeded) bind(real);
        };
      }
      case "execute": {
        const { portal } = message;
        const answered = onSent(run(hoped.portals, portal) ?? "", portal);
        return (succeeded) => {
          const ran = run(real.portals, portal);
          // Of what it ran on its own account the server knows the text, and nobody else.
          const isUnknown = ran === null && succeeded && !real.portals.has(portal);
          answered(isUnknown ? unknownText : ran, succeeded);
        };
      }
      case "close": {
        const table = message.target === "portal" ? "portals" : "statements";
        hoped[table].delete(message.name);
        return (succeeded) => {
          if (succeeded) real[table].delete(message.name);
        };
      }
      case "query": {
        // It may end what has no name, or not, as when it is empty. Where that is gone its execution fails.
        const answered = onSent(message.sql, "");
        return (succeeded) => answered(message.sql, succeeded);
      }
      default:
        return () => {};
    }
  };

  const end = (status: number) => {
    // Portals end with their transaction; in one that failed, a savepoint may bring them back.
    if (status === 0x49) real.portals.clear();
    if (pending.length === 0) hoped = copyOf(real);
  };

  const answer = (type: number, bytes: Buffer) => {
    if (type === backend.readyForQuery) {
      const at = pending.findIndex(({ kind }) => kind === "sync" || kind === "query");
      pending[at]?.done(!hasFailed);
      hasFailed = false;
      pending = pending.slice(at + 1);
      end(bytes[5] ?? 0);
      return;
    }
    const [first] = pending;
    // A Query is answered when the server is ready again.
    hasFailed ||= first?.kind === "query" && type === backend.errorResponse;
    if (first === undefined || first.kind === "query" || !answersOf[first.kind]?.includes(type)) {
      return;
    }
    pending = pending.slice(1);
    first.done(type !== backend.errorResponse);
    if (type !== backend.errorResponse) return;
    const sync = pending.findIndex(({ kind }) => kind === "sync");
    pending = sync === -1 ? [{ kind: "sync", done: () => {} }] : pending.slice(sync);
    isSkipping = sync === -1;
  };
  let isSkipping = false;

  return {
    fromClient(chunk) {
      let bytes = chunk;
      if (startup !== null) {
        startup = Buffer.concat([startup, chunk]);
        if (startup.length < 4 || startup.length < startup.readInt32BE(0)) return;
        bytes = startup.subarray(startup.readInt32BE(0));
        startup = null;
      }
      near.push(bytes);
      for (let item = near.next(); item !== undefined; item = near.next()) {
        if (item.kind !== "frame") continue;
        const message = decodeFrontend(item);
        const { kind } = message;
        if (!awaited.includes(kind)) continue;
        if (isSkipping && kind !== "sync") {
          if (kind === "parse") onParse(message.sql, message.name);
          continue;
        }
        // The Sync that ends the skipping stands in the queue already.
        if (!isSkipping) pending.push({ kind, done: take(message) });
        isSkipping = false;
      }
    },
    fromServer(chunk) {
      far.push(chunk);
      for (let item = far.next(); item !== undefined; item = far.next()) {
        if (isReady && item.kind === "frame") answer(item.type, item.bytes);
        isReady ||= item.type === backend.readyForQuery;
      }
    },
  };
}

const unknownText = "a text that nobody sent";

/** The text of a portal that begins to run; null where there is none, or where it only runs on. */
function run(portals: Map<string, Portal>, name: string): string | null {
  const portal = portals.get(name);
  if (portal === undefined || portal.executed) return null;
  portals.set(name, { ...portal, executed: true });
  return portal.sql;
}

function copyOf(tables: {
  readonly statements: Map<string, string>;
  readonly portals: Map<string, Portal>;
}) {
  return { statements: new Map(tables.statements), portals: new Map(tables.portals) };
}

const awaited: readonly string[] = [
  "parse",
  "bind",
  "describe",
  "execute",
  "close",
  "sync",
  "query",
];

/** The last message of an answer. */
const answersOf: Readonly<Partial<Record<FrontendMessage["kind"], readonly number[]>>> = {
  parse: [backend.parseComplete, backend.errorResponse],
  bind: [backend.bindComplete, backend.errorResponse],
  describe: [backend.rowDescription, backend.noData, backend.errorResponse],
  close: [backend.closeComplete, backend.errorResponse],
  execute: [
    backend.commandComplete,
    backend.emptyQueryResponse,
    backend.portalSuspended,
    backend.errorResponse,
  ],
  sync: [],
};
