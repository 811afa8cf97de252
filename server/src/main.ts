/**
 * The process: reads what to run, runs it, says so, and stops when it is told to.
 *
 *   node src/main.ts [--config countersign.yaml]
 *
 * Without a configuration it runs the quickstart. Exit status 0 after a wanted stop, 1 where it could not
 * start or had to give up, 2 for wrong arguments.
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { visible, visibleLines } from "@countersign/sdk/visible";
import type { Status } from "@countersign/sdk/wire";
import { loadConfig } from "#/config/load.ts";
import { GatewayError } from "#/core/errors.ts";
import { systemClock } from "#/platform/clock.ts";
import { createLog, createTerminalLog } from "#/platform/log.ts";
import { demoAgent, demoPerson, startQuickstart } from "#/quickstart/quickstart.ts";
import { type Gateway, startGateway } from "./gateway.ts";

const configDefault = "countersign.yaml";
/** Longer than the drain of a session; a second signal ends the wait. */
const stopMaxMs = 40_000;

const toStderr = (line: string) => void process.stderr.write(line);
/** Lines of JSON for whoever collects them; on a terminal only what went wrong. */
const log = process.stderr.isTTY
  ? createTerminalLog(toStderr, visible)
  : createLog(toStderr, systemClock.now);
process.exitCode = await main();

async function main(): Promise<number> {
  const path = configPath();
  if (path === null) return 2;
  const stopping = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        if (stopping.signal.aborted) process.exit(1);
        stopping.abort();
        resolve();
      });
    }
  });
  const closers: (() => Promise<void>)[] = [];
  try {
    const gateway =
      path === "" ? await runQuickstart(closers, stopping.signal) : await run(path, closers);
    print(await gateway.status());
    await stopped;
    return 0;
  } catch (error) {
    if (stopping.signal.aborted) return 0;
    report(error);
    return 1;
  } finally {
    const guard = setTimeout(() => process.exit(1), stopMaxMs);
    guard.unref();
    for (const closer of closers.toReversed()) await closer().catch(report);
  }
}

/** Empty: the quickstart. Null: wrong arguments, which were reported. */
function configPath(): string | null {
  try {
    const { values } = parseArgs({ options: { config: { type: "string" } } });
    return values.config ?? (existsSync(configDefault) ? configDefault : "");
  } catch (error) {
    const message = error instanceof Error ? error.message : "wrong arguments";
    toStderr(`countersign: ${visibleLines(message).join("\n")}\n`);
    return null;
  }
}

async function run(path: string, closers: (() => Promise<void>)[]): Promise<Gateway> {
  const config = await loadConfig(path, process.env);
  const gateway = await startGateway({ config, clock: systemClock, log, demo: null });
  closers.push(gateway.close);
  return gateway;
}

async function runQuickstart(
  closers: (() => Promise<void>)[],
  signal: AbortSignal,
): Promise<Gateway> {
  const { config, database } = await startQuickstart(process.env, log, signal);
  closers.push(database.stop);
  const demo = { person: demoPerson, agent: demoAgent };
  const gateway = await startGateway({ config, clock: systemClock, log, demo });
  closers.push(gateway.close);
  return gateway;
}

function print(status: Omit<Status, "caller">): void {
  const agent = status.connections.flatMap(({ agents }) => agents).find(({ url }) => url !== null);
  const lines = [
    "",
    `Countersign ${status.version} is running.`,
    "",
    `  API         ${visible(status.console.url)}`,
    ...Object.entries(status.listeners)
      .filter(([name]) => name !== "api")
      .map(([name, { host, port }]) => `  ${name.padEnd(10)}  ${host}:${port}`),
    `  data        ${visible(status.dataDir)}`,
    `  log         ${status.log.key}`,
    ...(agent === undefined ? [] : firstSteps(agent.url ?? "")),
    "",
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

function firstSteps(url: string): readonly string[] {
  return [
    "",
    "Try it. In a second terminal, as the sample agent (with any PostgreSQL client, or without one):",
    "",
    "  npm run demo:agent",
    `  psql "${url}" -c "delete from customers where id = 8"`,
    "",
    "The DELETE waits in its session. Decide in a third terminal:",
    "",
    "  npx --no-install countersign inbox",
  ];
}

function report(error: unknown): void {
  if (error instanceof GatewayError) {
    toStderr(`countersign: [${error.code}] ${visibleLines(error.message).join("\n")}\n`);
  } else {
    log.error("gateway.failed", { stack: error instanceof Error ? (error.stack ?? "") : "" });
  }
}
