/**
 * Stands between the gateway and a real PostgreSQL: passes everything on, keeps a diary of what the gateway
 * sent, and can cut the line at a chosen command.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { backend } from "#/proxies/postgres/wire/codec.ts";
import { sslRequestPacket } from "#/proxies/postgres/wire/codec-startup.ts";
import { decodeFrontend } from "#/proxies/postgres/wire/decode-frontend.ts";
import { FrameSplitter } from "#/proxies/postgres/wire/frame-splitter.ts";

export interface UpstreamTap {
  readonly host: string;
  readonly port: number;
  /** Commands that the upstream was sent to run, in order: each Query and each Execute of a portal. */
  readonly sent: readonly string[];
  /** Commands that the upstream has answered, in order. */
  readonly answered: readonly string[];
  /** Texts that the upstream was sent to parse. */
  readonly parsed: readonly string[];
  /** Bytes that the gateway has taken from the upstream, or that a socket holds for it. */
  readonly passed: number;
  /** Bytes that the gateway has sent to the upstream. */
  readonly taken: number;
  /** How many sessions with the upstream there are. */
  readonly sessions: number;
  /** The session is lost as soon as it sends such a text to be parsed, or such a command to run. */
  cutAt(step: "parse" | "run", matches: (sql: string) => boolean): void;
  /** From where the upstream is sent such a text to be parsed, nothing that it answers there passes until that is released. */
  holdAnswerTo(matches: (sql: string) => boolean): HeldAnswer;
  /** No session is lost any more. */
  cutNowhere(): void;
  close(): Promise<void>;
}

export interface HeldAnswer {
  /** The text has been sent. */
  readonly reached: Promise<void>;
  readonly release: () => void;
}

export async function startTap(
  upstream: { readonly host: string; readonly port: number },
  onEvent: () => void,
): Promise<UpstreamTap> {
  const sent: string[] = [];
  const answered: string[] = [];
  const parsed: string[] = [];
  const sockets = new Set<Socket>();
  let cut: { readonly step: "parse" | "run"; readonly matches: (sql: string) => boolean } | null =
    null;
  const isCut = (step: "parse" | "run", sql: string) => cut?.step === step && cut.matches(sql);
  let held: { readonly matches: (sql: string) => boolean; hold(target: Socket): void } | null =
    null;
  let sessions = 0;
  let passed = 0;
  let taken = 0;

  const server = createServer({ noDelay: true }, (gateway) => {
    const target = connect({ ...upstream, noDelay: true });
    sessions += 1;
    // Before anybody looks again.
    gateway.on("close", () => {
      sessions -= 1;
    });
    for (const socket of [gateway, target]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        gateway.destroy();
        target.destroy();
        onEvent();
      });
    }
    gateway.on("drain", () => target.resume());
    const running: string[] = [];
    const commands = readCommands({
      onParse: (sql) => {
        parsed.push(sql);
        if (held?.matches(sql) === true) held.hold(target);
        return isCut("parse", sql);
      },
      onRun: (sql) => {
        sent.push(sql);
        running.push(sql);
        return isCut("run", sql);
      },
    });
    const answers = readEnds(() => answered.push(running.shift() ?? ""));
    let isReadable = true;
    gateway.on("data", (chunk: Buffer) => {
      // What goes through TLS is nobody else's to read.
      if (chunk.equals(sslRequestPacket)) isReadable = false;
      if (isReadable && commands(chunk)) gateway.destroy();
      else target.write(chunk);
      taken += chunk.length;
      onEvent();
    });
    target.on("data", (chunk: Buffer) => {
      if (isReadable) answers(chunk);
      // No more waits here than a socket holds, so that it can be seen how far a slow client lets the upstream go.
      if (!gateway.write(chunk)) target.pause();
      passed += chunk.length;
      onEvent();
    });
  });
  server.listen({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const address = server.address();
  return {
    host: "127.0.0.1",
    port: typeof address === "object" && address !== null ? address.port : 0,
    sent,
    answered,
    parsed,
    get passed() {
      return passed;
    },
    get taken() {
      return taken;
    },
    get sessions() {
      return sessions;
    },
    cutAt(step, matches) {
      cut = { step, matches };
    },
    holdAnswerTo(matches) {
      const reached = Promise.withResolvers<void>();
      const targets: Socket[] = [];
      held = {
        matches,
        hold(target) {
          targets.push(target.pause());
          reached.resolve();
        },
      };
      return {
        reached: reached.promise,
        release() {
          held = null;
          for (const target of targets) target.resume();
        },
      };
    },
    cutNowhere() {
      cut = null;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

interface CommandEvents {
  /** True: the line is to be cut. */
  readonly onParse: (sql: string) => boolean;
  readonly onRun: (sql: string) => boolean;
}

/** Takes what a client sends, from its first byte on; says whether to cut the line. */
function readCommands({ onParse, onRun }: CommandEvents): (chunk: Buffer) => boolean {
  const splitter = new FrameSplitter({ direction: "frontend" });
  const statements = new Map<string, string>();
  const portals = new Map<string, string>();
  let startup: Buffer | null = Buffer.alloc(0);
  return (chunk) => {
    let bytes = chunk;
    if (startup !== null) {
      startup = Buffer.concat([startup, chunk]);
      if (startup.length < 4 || startup.length < startup.readInt32BE(0)) return false;
      bytes = startup.subarray(startup.readInt32BE(0));
      startup = null;
    }
    splitter.push(bytes);
    for (let item = splitter.next(); item !== undefined; item = splitter.next()) {
      if (item.kind !== "frame") continue;
      const message = decodeFrontend(item);
      let stops = false;
      if (message.kind === "query") stops = onRun(message.sql);
      else if (message.kind === "parse") {
        statements.set(message.name, message.sql);
        stops = onParse(message.sql);
      } else if (message.kind === "bind") {
        portals.set(message.portal, statements.get(message.statement) ?? "");
      } else if (message.kind === "execute") stops = onRun(portals.get(message.portal) ?? "");
      if (stops) return true;
    }
    return false;
  };
}

const ends: readonly number[] = [
  backend.commandComplete,
  backend.emptyQueryResponse,
  backend.errorResponse,
  backend.portalSuspended,
];

function readEnds(onEnd: () => void): (chunk: Buffer) => void {
  const splitter = new FrameSplitter({ direction: "backend" });
  let isReadable = true;
  return (chunk) => {
    if (!isReadable) return;
    try {
      splitter.push(chunk);
      for (let item = splitter.next(); item !== undefined; item = splitter.next()) {
        if (ends.includes(item.type)) onEnd();
      }
    } catch {
      // Not PostgreSQL: the gateway has to cope with it, the diary need not.
      isReadable = false;
    }
  };
}
