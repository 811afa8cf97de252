/** Those who stand between a client and the tool server that is measured, each in a process of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startGateway } from "../subjects.ts";
import type { Address } from "./load.ts";

export type ToolPath = "direct" | "kit" | "volatile" | "durable";

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
export const echoProgram: readonly string[] = [process.execPath, here("echo-server.ts"), "stdio"];
const titles = {
  direct: "direct",
  kit: "a proxy of the protocol's own kit",
  volatile: "inspected and decided, no durable record",
  durable: "with the durable record",
};

/** The server speaks HTTP, and so do all clients. */
export async function startHttpSubjects(folder: string): Promise<ToolSubjects> {
  const server = await startProgram([here("echo-server.ts"), "http"]);
  const kit = await startProgram([here("sdk-proxy.ts"), server.printed]);
  const volatile = await startToolGateway(folder, "volatile", server.printed);
  const durable = await startToolGateway(folder, "durable", server.printed);
  return {
    all: [
      subject("direct", { kind: "http", url: server.printed }, async () => null),
      subject("kit", { kind: "http", url: kit.printed }, async () => cpuOf(kit.pid)),
      subject("volatile", volatile.address, volatile.cpuMicros),
      subject("durable", durable.address, durable.cpuMicros),
    ],
    async stop() {
      for (const each of [volatile, durable, kit, server]) await each.stop();
    },
  };
}

/** The server is a program: started by the client, by a proxy that the client starts, or by the gateway. */
export async function startStdioSubjects(folder: string): Promise<ToolSubjects> {
  const upstream = JSON.stringify(echoProgram);
  const volatile = await startToolGateway(folder, "volatile", upstream);
  const durable = await startToolGateway(folder, "durable", upstream);
  const kit = [process.execPath, here("sdk-proxy.ts"), ...echoProgram];
  const unknown = async () => null;
  return {
    all: [
      subject("direct", { kind: "stdio", command: echoProgram }, unknown),
      subject("kit", { kind: "stdio", command: kit }, unknown),
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
