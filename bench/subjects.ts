/** Those who are measured against each other, each in a process of its own, over one database. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startBouncer } from "./bouncer.ts";
import type { SubjectName } from "./cases.ts";
import { startFlags } from "./start-flags.ts";
import { startRelay } from "./start-relay.ts";

export interface Subject {
  readonly name: SubjectName;
  /** As the page calls it. */
  readonly title: string;
  readonly url: string;
  /** CPU time of its process so far, in microseconds; null where it can't be told. */
  cpuMicros(): Promise<number | null>;
}

export interface Gateway {
  readonly url: string;
  readonly apiUrl: string;
  readonly dataDir: string;
  readonly listeningMs: number;
  readonly certificate: string;
  look(): Promise<{ readonly residentBytes: number; readonly cpuMicros: number }>;
  stop(): Promise<void>;
}

export interface Subjects {
  readonly all: readonly Subject[];
  /** That records, and that does not. */
  readonly gateway: Gateway;
  readonly forgetful: Gateway;
  stop(): Promise<void>;
}

export async function startSubjects(folder: string, direct: string): Promise<Subjects> {
  // What Node keeps of the sources is there from the second start on.
  await (await startGateway(folder, "volatile", direct)).stop();
  const volatile = await startGateway(folder, "volatile", direct);
  const starter = await startGateway(folder, "volatile", direct, "../policies/quickstart");
  const masked = await startGateway(folder, "volatile", direct, "policies/masked");
  const durable = await startGateway(folder, "durable", direct);
  const bouncer = await startBouncer(direct);
  const relay = await startRelay(direct);
  const encrypted = `${volatile.url}?sslrootcert=${volatile.certificate}`;
  const cpuOf = (gateway: Gateway) => async () => (await gateway.look()).cpuMicros;
  return {
    all: [
      { name: "direct", title: "direct", url: direct, cpuMicros: async () => null },
      ...(bouncer === null
        ? []
        : [
            {
              name: "bouncer" as const,
              title: "PgBouncer, session pooling",
              url: bouncer.url,
              cpuMicros: async () => cpuOfProcess(bouncer.pid),
            },
          ]),
      {
        name: "relay",
        title: "a relay in Node, which reads nothing",
        url: relay.url,
        cpuMicros: relay.cpuMicros,
      },
      {
        name: "volatile",
        title: "inspected and decided, no durable record",
        url: volatile.url,
        cpuMicros: cpuOf(volatile),
      },
      {
        name: "encrypted",
        title: "the same through TLS",
        url: encrypted,
        cpuMicros: cpuOf(volatile),
      },
      {
        name: "starter",
        title: "the same under the starter policies, which mask",
        url: starter.url,
        cpuMicros: cpuOf(starter),
      },
      {
        name: "masked",
        title: "masked, no durable record",
        url: masked.url,
        cpuMicros: cpuOf(masked),
      },
      {
        name: "durable",
        title: "with the durable record",
        url: durable.url,
        cpuMicros: cpuOf(durable),
      },
    ],
    gateway: durable,
    forgetful: volatile,
    async stop() {
      await bouncer?.stop();
      await relay.stop();
      for (const gateway of [volatile, starter, masked, durable]) await gateway.stop();
    },
  };
}

export async function startGateway(
  folder: string,
  mode: "volatile" | "durable",
  upstream: string,
  policies = "policies/unmasked",
): Promise<Gateway> {
  const here = (path: string) => new URL(path, import.meta.url).pathname;
  const dataDir = await mkdtemp(join(folder, `${mode}-`));
  const child = spawn(
    process.execPath,
    [...startFlags(), here("gateway.ts"), mode, dataDir, upstream, here(policies)],
    {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, NODE_COMPILE_CACHE: join(folder, "compiled") },
    },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () =>
    JSON.parse((await lines.next()).value ?? "{}") as Record<string, unknown>;
  const { url, apiUrl, listeningMs } = await next();
  return {
    url: String(url),
    apiUrl: String(apiUrl),
    dataDir,
    listeningMs: Number(listeningMs),
    certificate: join(dataDir, "postgres.crt"),
    async look() {
      child.stdin.write("look\n");
      const { residentBytes, cpuMicros } = await next();
      return { residentBytes: Number(residentBytes), cpuMicros: Number(cpuMicros) };
    },
    async stop() {
      child.stdin.end();
      await once(child, "exit");
    },
  };
}

/** Linux counts it in hundredths of a second, behind the name in parentheses (proc(5), stat, fields 14 and 15). */
function cpuOfProcess(pid: number): number | null {
  if (process.platform !== "linux") return null;
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}
