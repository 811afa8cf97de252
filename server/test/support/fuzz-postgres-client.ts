/**
 * Plays mutated sessions against a target and waits until the gateway has dealt with every message, without
 * guessing at times: a marker behind them is answered in every state of a session.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import {
  encodeStartupMessage,
  gssRequestPacket,
  sslRequestPacket,
} from "#/proxies/postgres/wire/codec-startup.ts";
import { encodeBind, syncFrame } from "#/proxies/postgres/wire/encode-frontend.ts";
import { FrameSplitter } from "#/proxies/postgres/wire/frame-splitter.ts";
import { split } from "./fuzz-mutations.ts";
import type { PostgresTarget } from "./fuzz-postgres-target.ts";
import { testCertificate } from "./test-identity.ts";
import { connectWire, toldBy, type WireClient } from "./wire-client.ts";

export interface Play {
  readonly stream: Buffer;
  /** Where the stream is cut into what is written at a time. */
  readonly places: readonly number[];
  /** What becomes of a statement that waits. */
  readonly choose: () => "approve" | "deny" | "cancel" | "leave";
}

/** `over`: the connection has ended. `stuck`: the gateway neither answers nor hangs up. */
export type Played = "answered" | "over" | "stuck";

/** How long an answer may take before it counts as none: far beyond what a loaded machine needs. */
const stuckMs = 120_000;

export async function play(
  client: WireClient,
  target: PostgresTarget,
  { stream, places, choose }: Play,
): Promise<Played> {
  const rest = missing(stream);
  // Nobody would send so much only to complete a length: the client just leaves in the middle.
  if (rest === null) {
    client.socket.end(stream);
    return (await within(hangUp(client))) ? "over" : "stuck";
  }
  for (const piece of split(stream, places)) {
    client.send(piece);
    if (piece.length % 3 === 0) await new Promise(setImmediate);
  }
  const name = `marker ${markers++}`;
  const marker = { portal: "", parameterFormats: [], parameters: [], resultFormats: [] };
  client.send(rest, syncFrame, encodeBind({ ...marker, statement: name }), syncFrame);
  const answered = async (): Promise<boolean> => {
    for (let seen = false; ; ) {
      const message = await client.next();
      if (message === null) return false;
      if (message.kind === "ready_for_query" && seen) return true;
      seen ||= message.kind === "error_response" && (message.fields.message ?? "").includes(name);
      const told = message.kind === "notice_response" ? toldBy(message) : null;
      if (told?.code !== "pending_review" || told.review === null) continue;
      const choice = choose();
      if (choice === "cancel") await client.cancel();
      else if (choice === "leave") client.destroy();
      else await target.give(told.review, choice);
    }
  };
  const outcome = await within(answered());
  if (outcome === null) return "stuck";
  return outcome ? "answered" : "over";
}

let markers = 0;

/** What completes the last message of a stream; null where nothing sensible would. */
function missing(stream: Buffer): Buffer | null {
  const splitter = new FrameSplitter({ direction: "frontend", messageBytesMax: 256 * 1024 });
  let whole = 0;
  try {
    splitter.push(stream);
    for (let item = splitter.next(); item !== undefined; item = splitter.next()) {
      whole += item.bytes.length;
    }
  } catch {
    return Buffer.alloc(0);
  }
  const left = stream.length - whole;
  if (left === 0) return Buffer.alloc(0);
  const length = left < 5 ? 4 : stream.readInt32BE(whole + 1);
  const needed = Math.max(5, length + 1) - left;
  return needed > 4096 ? null : Buffer.alloc(needed);
}

async function hangUp(client: WireClient): Promise<true> {
  while ((await client.next()) !== null);
  return true;
}

/** Null if it takes too long. */
async function within<Result>(promise: Promise<Result>): Promise<Result | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, stuckMs, null);
  });
  const result = await Promise.race([promise, late]);
  clearTimeout(timer);
  return result;
}

export function signInTo({ login }: PostgresTarget): Promise<WireClient> {
  return connectWire(login);
}

/** The first record of a client that begins with TLS. */
function recordHello(): Promise<Buffer> {
  return new Promise((resolve) => {
    const wire = new Duplex({
      read() {},
      write(chunk: Buffer, _, done) {
        resolve(chunk);
        done();
      },
    });
    connectTls({ socket: wire, ALPNProtocols: ["postgresql"] }).on("error", () => wire.destroy());
  });
}

/** What strangers open with; the client's part of a sign-in comes behind it. */
export const openings: readonly (readonly Buffer[])[] = [
  [sslRequestPacket, gssRequestPacket],
  [sslRequestPacket],
  [await recordHello()],
  [],
].map((before) => [
  ...before,
  encodeStartupMessage([
    ["user", "importer"],
    ["database", "shop"],
    ["client_encoding", "UTF8"],
    ["application_name", "psql"],
  ]),
  Buffer.concat([
    Buffer.from("p\0\0\0\x36SCRAM-SHA-256\0\0\0\0\x20n,,n=,r=".padEnd(55, "x"), "latin1"),
  ]),
  Buffer.from(`p\0\0\0\x2ac=biws,r=${"y".repeat(29)}`, "latin1"),
]);

/** The same through TLS. */
export async function knockThroughTls(
  { login: { host, port } }: PostgresTarget,
  pieces: readonly Buffer[],
): Promise<Played> {
  const own = { ca: testCertificate, servername: "localhost", ALPNProtocols: ["postgresql"] };
  const socket = connectTls({ host, port, ...own });
  socket.on("error", () => socket.destroy());
  socket.resume();
  if ((await within(once(socket, "secureConnect"))) === null) return "stuck";
  for (const piece of pieces) if (!socket.destroyed) socket.write(piece);
  socket.end();
  if (socket.destroyed) return "over";
  return (await within(once(socket, "close"))) === null ? "stuck" : "over";
}

/** Sends what a stranger sends, and leaves. Resolves with whether the gateway has let it go. */
export async function knock({ login }: PostgresTarget, pieces: readonly Buffer[]): Promise<Played> {
  const socket = connect(login);
  socket.on("error", () => socket.destroy());
  socket.resume();
  for (const piece of pieces) if (!socket.destroyed) socket.write(piece);
  socket.end();
  return (await within(once(socket, "close"))) === null ? "stuck" : "over";
}
