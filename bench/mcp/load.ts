/** Lean clients of a tool server, which send the same call again and again, each once its last one was answered. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { type Load, loadOf } from "../load.ts";

export type Address =
  | { readonly kind: "http"; readonly url: string; readonly token?: string }
  | {
      readonly kind: "stdio";
      readonly command: readonly string[];
      readonly env?: NodeJS.ProcessEnv;
    };

/** One caller: sends what it is told, and resolves once the answer is whole. */
export interface Caller {
  /** Before a row of calls: servers close what was idle while others took their turn. */
  readonly connect: () => Promise<void>;
  readonly call: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const version = "2026-07-28";
/** With all around it the call is of some 400 bytes, and its answer of 300. */
const text = "x".repeat(150);

/** Sends `count` calls, from all of the callers at a time. */
export async function measureCalls(callers: readonly Caller[], count: number): Promise<Load> {
  const micros: number[] = [];
  let left = count;
  for (const caller of callers) {
    await caller.connect();
    await caller.call();
  }
  const begun = performance.now();
  await Promise.all(
    callers.map(async ({ call }) => {
      while (left > 0) {
        left -= 1;
        const sent = performance.now();
        await call();
        micros.push((performance.now() - sent) * 1_000);
      }
    }),
  );
  return loadOf({ rate: (count / (performance.now() - begun)) * 1_000, count, micros });
}

/** Over HTTP each has a connection of its own; a program is one for all, told apart by the ids of calls. */
export async function openCallers(address: Address, clients: number): Promise<readonly Caller[]> {
  if (address.kind === "http") {
    return Array.from({ length: clients }, () => overHttp(address));
  }
  const program = await openProgram(address);
  return Array.from({ length: clients }, (_, index) => ({
    connect: async () => {},
    call: program.call,
    close: index === 0 ? program.close : async () => {},
  }));
}

function overHttp({ url, token }: Address & { readonly kind: "http" }): Caller {
  const { hostname, port, host, pathname } = new URL(url);
  let socket = new Socket();
  const body = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: {
      name: "echo",
      arguments: { text },
      _meta: {
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    },
  });
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `host: ${host}`,
    "content-type: application/json",
    "accept: application/json, text/event-stream",
    `mcp-protocol-version: ${version}`,
    "mcp-method: tools/call",
    "mcp-name: echo",
    ...(token === undefined ? [] : [`authorization: Bearer ${token}`]),
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  const request = Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
  return {
    async connect() {
      socket.destroy();
      socket = connect({ host: hostname, port: Number(port), noDelay: true });
      await once(socket, "connect");
    },
    async call() {
      socket.write(request);
      const answer = await wholeAnswer(socket);
      if (!answer.includes(text)) throw new Error(answer);
    },
    async close() {
      socket.destroy();
    },
  };
}

/** By its length, or to the end of its chunks. */
function wholeAnswer(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const take = (chunk: Buffer) => {
      answer += chunk.toString("latin1");
      if (!isWhole(answer)) return;
      socket.off("data", take).off("close", lost);
      resolve(answer);
    };
    const lost = () => reject(new Error(`cut off: ${answer}`));
    socket.on("data", take).on("close", lost);
  });
}

function isWhole(answer: string): boolean {
  const end = answer.indexOf("\r\n\r\n");
  if (end === -1) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer)?.[1];
  if (length !== undefined) return answer.length - end - 4 >= Number(length);
  return answer.endsWith("\r\n0\r\n\r\n") || answer.endsWith("\n0\r\n\r\n");
}

async function openProgram({
  command,
  env,
}: Address & { readonly kind: "stdio" }): Promise<Omit<Caller, "connect">> {
  const [program = "", ...parameters] = command;
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(program, parameters, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  const waiting = new Map<number, () => void>();
  let id = 0;
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const answer = JSON.parse(line) as { readonly id?: number };
      waiting.get(answer.id ?? -1)?.();
      waiting.delete(answer.id ?? -1);
    }
  });
  const ask = (method: string, params: object) =>
    new Promise<void>((resolve) => {
      id += 1;
      waiting.set(id, resolve);
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    });
  const clientInfo = { name: "bench", version: "1.0.0" };
  await ask("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
  const initialized = { jsonrpc: "2.0", method: "notifications/initialized" };
  child.stdin.write(`${JSON.stringify(initialized)}\n`);
  return {
    call: () => ask("tools/call", { name: "echo", arguments: { text } }),
    async close() {
      const exited = once(child, "exit");
      child.stdin.end();
      await exited;
    },
  };
}
