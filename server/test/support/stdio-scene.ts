/** A stdio upstream with real processes, asked as the proxy asks it. */
import { tmpdir } from "node:os";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { type Clock, systemClock } from "#/platform/clock.ts";
import { createLog } from "#/platform/log.ts";
import { createProgramNotes } from "#/proxies/mcp/upstream/stdio/process/program-notes.ts";
import { startServerProcess } from "#/proxies/mcp/upstream/stdio/process/server-process.ts";
import { createSpawner } from "#/proxies/mcp/upstream/stdio/process/start-spawner.ts";
import { stdioUpstream } from "#/proxies/mcp/upstream/stdio/stdio-upstream.ts";
import type {
  AnswerBody,
  Upstream,
  UpstreamAnswer,
  UpstreamSession,
} from "#/proxies/mcp/upstream/upstream.ts";

export const lineServerProgram = fileURLToPath(new URL("./line-server.ts", import.meta.url));

type Json = Readonly<Record<string, unknown>>;

export interface StdioScene {
  readonly upstream: Upstream;
  /** What was asked in the gateway's own name. */
  readonly recorded: readonly string[];
  /** The fields of each entry of a kind. */
  readonly logged: (event: string) => readonly Json[];
  readonly stateless: (agent?: string) => Asker;
  /** With `initialize` behind it. */
  readonly session: (id: string, agent?: string) => Promise<Asker>;
}

export interface Asker {
  readonly session: UpstreamSession;
  readonly post: (message: object | string, signal?: AbortSignal) => Promise<UpstreamAnswer>;
  /** A tool, and the one message that comes of it. */
  readonly call: (tool: string, args?: object, more?: object) => Promise<Json>;
  readonly start: (
    tool: string,
    args?: object,
    more?: object,
    signal?: AbortSignal,
  ) => Promise<UpstreamAnswer>;
  readonly listen: (signal?: AbortSignal) => Promise<UpstreamAnswer>;
  readonly leave: () => Promise<UpstreamAnswer>;
}

export interface SceneOptions {
  readonly clock?: Clock;
  readonly messageBytesMax?: number;
  /** In place of the line server. */
  readonly command?: readonly [string, ...string[]];
}

export function openStdioScene(
  t: TestContext,
  mode: string,
  {
    clock = systemClock,
    messageBytesMax = 1024 * 1024,
    command = [process.execPath, lineServerProgram, mode],
  }: SceneOptions = {},
): StdioScene {
  const entries: Json[] = [];
  const recorded: string[] = [];
  const log = createLog((line) => void entries.push(JSON.parse(line) as Json), Date.now);
  const spawner = createSpawner(systemClock);
  const order = { command, environment: { ONLY: "this" }, folder: tmpdir() };
  const show = (line: string) => line.replaceAll("hunter2", "[secret]");
  const notes = createProgramNotes(clock);
  const upstream = stdioUpstream(order.command, {
    clock,
    log,
    client: { name: "countersign", version: "0" },
    record: async (method) => void recorded.push(method),
    start: (events) =>
      startServerProcess(order, events, {
        spawner,
        clock: systemClock,
        log,
        show,
        notes,
        messageBytesMax,
      }),
    notes,
  });
  t.after(async () => {
    await upstream.close();
    await spawner.close();
  });
  return {
    upstream,
    recorded,
    logged: (event) => entries.filter((entry) => entry["event"] === event),
    stateless: (agent = "crm-agent") =>
      asker(upstream, { id: `stateless ${agent}`, agent, kind: "stateless" }),
    async session(id, agent = "crm-agent") {
      const asking = asker(upstream, { id, agent, kind: "session" });
      await asking.post(initialize);
      await asking.post({ jsonrpc: "2.0", method: "notifications/initialized" });
      return asking;
    },
  };
}

export const initialize = {
  jsonrpc: "2.0",
  id: "begin",
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "c", version: "1" },
  },
} as const;

function asker(upstream: Upstream, session: UpstreamSession): Asker {
  const version = session.kind === "session" ? "2025-11-25" : "2026-07-28";
  const headers = { "mcp-protocol-version": version };
  const never = new AbortController().signal;
  let lastId = 0;
  const post: Asker["post"] = (message, signal = never) => {
    const text = typeof message === "string" ? message : JSON.stringify(message);
    return upstream.exchange({ method: "POST", headers, body: Buffer.from(text), signal, session });
  };
  const start: Asker["start"] = (name, args = {}, more = {}, signal = never) => {
    const params = { name, arguments: args, ...more };
    lastId += 1;
    return post({ jsonrpc: "2.0", id: `${name} ${lastId}`, method: "tools/call", params }, signal);
  };
  const bare = (method: "GET" | "DELETE", signal: AbortSignal) =>
    upstream.exchange({ method, headers, body: null, signal, session });
  return {
    session,
    post,
    start,
    async call(tool, args, more) {
      const messages = await messagesOf((await start(tool, args, more)).body);
      return messages.at(-1) ?? {};
    },
    listen: (signal = never) => bare("GET", signal),
    leave: () => bare("DELETE", never),
  };
}

/** All of them, to the end of the answer. */
export async function messagesOf(body: AnswerBody): Promise<readonly Json[]> {
  if (body.kind === "empty") return [];
  if (body.kind === "json") return [parsed(body.bytes)];
  const messages: Json[] = [];
  for await (const { data } of body.events) messages.push(parsed(data));
  return messages;
}

/** One by one, of a stream that goes on. */
export function streamOf(body: AnswerBody): AsyncIterator<Json> {
  if (body.kind !== "stream") throw new TypeError(`the answer is ${body.kind}`);
  return read(body.events);
}

async function* read(events: Extract<AnswerBody, { kind: "stream" }>["events"]) {
  for await (const { data } of events) yield parsed(data);
}

export function parsed(bytes: Uint8Array): Json {
  return JSON.parse(Buffer.from(bytes).toString("utf8")) as Json;
}
