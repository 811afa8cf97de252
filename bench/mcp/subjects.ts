/** Those who stand between a client and the tool server that is measured, each in a process of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startRelay } from "../start-relay.ts";
import { startGateway } from "../subjects.ts";
import type { Address } from "./load.ts";

export type ToolPath = "direct" | "relay" | "kit" | "volatile" | "durable";
/** Made with the protocol's kit as most are, or of nothing but Node. */
export type ServerKind = "typical" | "bare";

export interface ToolSubject {
  readonly path: ToolPath;
  /** As the page calls it. */
  readonly title: string;
  readonly address: Address;
  /** CPU time of its process so far, in microseconds; null where it is not told apart. */
  cpuMicros(): Promise<number | null>;
}

export interface ToolSubjects {
  readonly all: readonly ToolSubject[];
  stop(): Promise<void>;
}

const here = (path: string) => new URL(path, import.meta.url).pathname;
const servers: Readonly<Record<ServerKind, string>> = {
  typical: here("kit-server.ts"),
  bare: here("echo-server.ts"),
};
const titles: Readonly<Record<ToolPath, string>> = {
  direct: "direct",
  relay: "a relay in Node, which reads nothing",
  kit: "a proxy of the protocol's own kit",
  volatile: "inspected and decided, no durable record",
  durable: "with the durable record",
};
const unknown = async () => null;

/** The server speaks HTTP, and so do all clients. */
export async function startHttpSubjects(folder: string, kind: ServerKind): Promise<ToolSubjects> {
  const server = await startProgram([servers[kind], "http"]);
  const relay = await startRelay(server.printed);
  const kit = await startProgram([here("sdk-proxy.ts"), server.printed]);
  const volatile = await startToolGateway(folder, "volatile", server.printed);
  const durable = await startToolGateway(folder, "durable", server.printed);
  return {
    all: [
      subject("direct", { kind: "http", url: server.printed }, unknown),
      subject("relay", { kind: "http", url: relay.url }, relay.cpuMicros),
      subject("kit", { kind: "http", url: kit.printed }, async () => cpuOf(kit.pid)),
      subject("volatile", volatile.address, volatile.cpuMicros),
      subject("durable", durable.address, durable.cpuMicros),
    ],
    async stop() {
      for (const each of [volatile, durable, kit, relay, server]) await each.stop();
    },
  };
}

/** The server is a program: started by the client, by what stands in between and the client starts, or by the gateway. */
export async function startStdioSubjects(folder: string, kind: ServerKind): Promise<ToolSubjects> {
  const program = [process.execPath, servers[kind], "stdio"];
  const volatile = await startToolGateway(folder, "volatile", JSON.stringify(program));
  const durable = await startToolGateway(folder, "durable", JSON.stringify(program));
  const behind = (file: string) => ({
    kind: "stdio" as const,
    command: [process.execPath, here(file), ...program],
  });
  return {
    all: [
      subject("direct", { kind: "stdio", command: program }, unknown),
      subject("relay", behind("relay-program.ts"), unknown),
      subject("kit", behind("sdk-proxy.ts"), unknown),
      subject("volatile", volatile.address, volatile.cpuMicros),
      subject("durable", durable.address, durable.cpuMicros),
    ],
    async stop() {
      for (const each of [volatile, durable]) await each.stop();
    },
  };
}

function subject(
  path: ToolPath,
  address: Address,
  cpuMicros: ToolSubject["cpuMicros"],
): ToolSubject {
  return { path, title: titles[path], address, cpuMicros };
}

async function startToolGateway(folder: string, mode: "volatile" | "durable", upstream: string) {
  const gateway = await startGateway(folder, mode, upstream, "policies/tools");
  const operator = (await readFile(join(gateway.dataDir, "operator.token"), "utf8")).trim();
  const response = await fetch(`${gateway.apiUrl}/api/v1/agents/bench/token`, {
    method: "POST",
    headers: { authorization: `Bearer ${operator}`, "content-type": "application/json" },
    body: "{}",
  });
  const { token } = (await response.json()) as { readonly token: string };
  return {
    address: { kind: "http" as const, url: `${gateway.apiUrl}/mcp/shop`, token },
    cpuMicros: async () => (await gateway.look()).cpuMicros,
    stop: () => gateway.stop(),
  };
}

async function startProgram(parameters: readonly string[]) {
  const child = spawn(process.execPath, parameters, { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return {
    printed: line.toString().trim(),
    pid: child.pid ?? 0,
    async stop() {
      const exited = once(child, "exit");
      child.stdin.end();
      await exited;
    },
  };
}

/** Linux counts it in hundredths of a second, behind the name in parentheses (proc(5), stat, fields 14 and 15). */
function cpuOf(pid: number): number | null {
  if (process.platform !== "linux") return null;
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}
