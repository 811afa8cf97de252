/**
 * The gateway as users run it: `main.ts` in a process of its own, with a configuration file, over a real
 * PostgreSQL. People sign in by link, agents get tokens from the API.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGatewayClient, type GatewayClient } from "./gateway-client.ts";
import { nodeEnvironment } from "./node-environment.ts";
import type { TestPostgres } from "./postgres.ts";

/** Less than a hook of a test may take, so that it says what was waited for. */
const printMs = 150_000;

export const mainFile = join(import.meta.dirname, "../../src/main.ts");

export interface Folder {
  readonly path: string;
  readonly configFile: string;
  readonly remove: () => Promise<void>;
}

export const dataDirOf = ({ path }: Pick<Folder, "path">): string => join(path, ".countersign");

export interface Changes {
  readonly config?: Readonly<Record<string, unknown>>;
  /** Cedar in place of the production starter set. */
  readonly policies?: string;
  /** `none` where a review must not change while it is looked at. */
  readonly preview?: "none";
}

/** A folder with a configuration: connection `shop`, agents `bot` and `owned`, some people. */
export async function makeFolder(postgres: TestPostgres, changes: Changes = {}): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "countersign-test-gateway-"));
  const policies = join(path, "policies");
  await mkdir(policies);
  const starter = join(import.meta.dirname, "../../../policies/production/production.cedar");
  await writeFile(
    join(policies, "rules.cedar"),
    changes.policies ?? (await readFile(starter, "utf8")),
  );
  const { host, port, user, database } = postgres;
  const config = {
    listen: { api: { port: 0 }, postgres: { port: 0 } },
    people: [
      { name: "ada", groups: ["dba"] },
      { name: "bob", groups: ["dba"] },
      { name: "root", groups: [], administrator: true },
    ],
    agents: [{ name: "bot" }, { name: "owned", owner: "ada" }],
    connections: [
      {
        name: "shop",
        kind: "postgres",
        environment: "test",
        sensitive: ["public.customers.email", "public.customers.phone"],
        ...(changes.preview === undefined ? {} : { preview: changes.preview }),
        upstream: { host, port, database, user, password: { env: "SHOP_PASSWORD" } },
      },
    ],
    ...changes.config,
  };
  const configFile = join(path, "countersign.yaml");
  await writeFile(configFile, JSON.stringify(config));
  return { path, configFile, remove: () => rm(path, { recursive: true, force: true }) };
}

/** The process, whatever becomes of it. */
export function spawnMain(
  configFile: string,
  environment: Readonly<Record<string, string>>,
  shellPrefix = "",
): { readonly child: ChildProcess; readonly output: () => string } {
  // Short-lived as this process is where it has been told so.
  const flags = process.execArgv.filter((flag) => flag === "--liftoff-only");
  const command = [process.execPath, ...flags, mainFile, "--config", configFile];
  const env = {
    ...nodeEnvironment,
    COUNTERSIGN_CONSOLE_BUILD: "never",
    ...environment,
  };
  const stdio = ["ignore", "pipe", "pipe"] as const;
  const child =
    shellPrefix === ""
      ? spawn(command[0] ?? "", command.slice(1), { env, stdio: [...stdio] })
      : spawn("sh", ["-c", `${shellPrefix}; exec "$@"`, "sh", ...command], {
          env,
          stdio: [...stdio],
        });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  return { child, output: () => output };
}

export interface TestGateway extends GatewayClient {
  readonly output: () => string;
  /** Resolves once these words stand in the output. */
  readonly printed: (words: string) => Promise<void>;
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export async function startTestGateway(
  folder: Folder,
  postgres: Pick<TestPostgres, "password">,
  shellPrefix = "",
  environment: Readonly<Record<string, string>> = {},
): Promise<TestGateway> {
  const { child, output } = spawnMain(
    folder.configFile,
    { SHOP_PASSWORD: postgres.password, ...environment },
    shellPrefix,
  );
  const printed = (words: string) => untilPrinted(child, output, words);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  };
  await printed("is running").catch(async (error: unknown) => {
    await end("SIGKILL");
    throw error;
  });
  return {
    ...(await createGatewayClient(dataDirOf(folder))),
    output,
    printed,
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
  };
}

async function untilPrinted(
  child: ChildProcess,
  output: () => string,
  words: string,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = () => {
    if (output().includes(words)) resolve();
  };
  const fail = (what: string) =>
    reject(new Error(`the gateway ${what} before it printed "${words}":\n${output()}`));
  const exited = () => fail(`exited with ${child.exitCode ?? child.signalCode}`);
  const late = setTimeout(fail, printMs, `took more than ${printMs / 1000} s`);
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", look);
  child.once("exit", exited);
  child.once("error", reject);
  try {
    look();
    // It tells of its exit once.
    if (child.exitCode !== null || child.signalCode !== null) exited();
    await promise;
  } finally {
    clearTimeout(late);
    for (const stream of [child.stdout, child.stderr]) stream?.off("data", look);
    child.off("exit", exited);
    child.off("error", reject);
  }
}
