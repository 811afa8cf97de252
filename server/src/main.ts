/**
 * The process: reads what to run, runs it, says so, and stops when it is told to.
 *
 *   node src/main.ts [--config countersign.yaml]
 *
 * Without a configuration it runs the quickstart. Exit status 0 after a wanted stop, 1 where it could not
 * start or had to give up, 2 for wrong arguments.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { claudeCommand, psqlCommand } from "@countersign/sdk/client-lines";
import { listenerLines } from "@countersign/sdk/listener-lines";
import { visible, visibleLines } from "@countersign/sdk/visible";
import type { Status } from "@countersign/sdk/wire/status";
import { loadConfig } from "#/config/load.ts";
import { GatewayError, traceOf } from "#/core/errors.ts";
import { consoleBuildOf } from "#/pages/checkout.ts";
import type { ConsoleNews } from "#/pages/console.ts";
import { systemClock } from "#/platform/clock.ts";
import { createLog, createTerminalLog } from "#/platform/log.ts";
import { openBrowser } from "#/quickstart/open-browser.ts";
import { demoAgent, demoPerson, startQuickstart } from "#/quickstart/quickstart.ts";
import { type Gateway, startGateway } from "./gateway.ts";

const configDefault = "countersign.yaml";
/** How long a stop may take: longer than the drain of a session. A second signal ends the wait. */
const stopMaxMs = 40_000;
/** Signals within this are one: a terminal and `timeout` signal all processes of a group, and npm passes its own on again. */
const stopRepeatedMs = 1_000;

/** No line of a text begins at the margin, where it could pass for one of ours. */
const indented = (text: string) => visibleLines(text).join("\n  ");
const toStderr = (line: string) => void process.stderr.write(line);
/** Lines of JSON for whoever collects them; on a terminal only what went wrong. */
const log = process.stderr.isTTY
  ? createTerminalLog(toStderr, indented)
  : createLog(toStderr, systemClock.now);
// By itself Node prints the message, and whatever hangs on the error.
process.on("uncaughtException", (error) => {
  report(error);
  process.exit(1);
});
process.exitCode = await main();

async function main(): Promise<number> {
  const configFile = configPath();
  if (configFile === null) return 2;
  const stopping = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    let stopSince = 0;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        if (stopping.signal.aborted) {
          if (performance.now() - stopSince > stopRepeatedMs) process.exit(1);
          return;
        }
        stopSince = performance.now();
        stopping.abort();
        resolve();
      });
    }
  });
  const closers: (() => Promise<void>)[] = [];
  try {
    const gateway =
      configFile === ""
        ? await runQuickstart(closers, stopping.signal)
        : await run(configFile, closers);
    const status = await gateway.status();
    print(status);
    // Not awaited: stopping the gateway stops this too.
    const opened = gateway.openConsole(tellConsole);
    void opened.then(() => {
      if (status.quickstart && process.stdout.isTTY && !stopping.signal.aborted) {
        openBrowser(status.console.signIn ?? status.console.url, process.env);
      }
    });
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
    toStderr(`countersign: ${indented(message)}\n`);
    return null;
  }
}

async function run(configFile: string, closers: (() => Promise<void>)[]): Promise<Gateway> {
  const config = await loadConfig(configFile, process.env);
  const consoleBuild = consoleBuildOf(config.dataDir, process.env);
  const gateway = await startGateway({
    config,
    clock: systemClock,
    log,
    demo: null,
    consoleBuild,
  });
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
  const consoleBuild = consoleBuildOf(config.dataDir, process.env);
  const gateway = await startGateway({ config, clock: systemClock, log, demo, consoleBuild });
  closers.push(gateway.close);
  return gateway;
}

function print(status: Omit<Status, "caller">): void {
  const isSample = status.connections.some(({ agents }) =>
    agents.some(({ token }) => token !== null),
  );
  const lines = [
    "",
    `Countersign ${status.version} is running.`,
    "",
    `  console     ${visible(status.console.url)}`,
    ...listenerLines(status).map(([name, address]) => `  ${name.padEnd(10)}  ${address}`),
    `  data        ${visible(status.dataDir)}`,
    `  log         ${status.log.key}`,
    ...(isSample ? firstSteps(status) : signInSteps(status.dataDir)),
    "",
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** A link is a credential: of a real configuration none is printed. */
function signInSteps(dataDir: string): readonly string[] {
  return [
    "",
    "Sign in to the console with a link, which the command line makes for one of the people:",
    "",
    `  ${inDataDir(dataDir)}npx --no-install countersign person link NAME`,
  ];
}

function firstSteps({ connections, console, dataDir }: Omit<Status, "caller">): readonly string[] {
  return [
    "",
    `Open ${console.signIn ?? console.url}`,
    "to decide in the browser.",
    "",
    "Try it. In a second terminal in the same folder, as the sample agent at a database and at a help desk's tools:",
    "",
    `  ${inDataDir(dataDir)}npm run demo:agent`,
    `  ${inDataDir(dataDir)}npm run demo:desk`,
    "",
    "or with clients of your own, to which nothing but the address is new:",
    "",
    ...connections.flatMap(({ name, kind, agents }) => agents.flatMap(ownClient(name, kind))),
    "",
    "What it wants to change waits in its session. Decide in the browser, or in a third terminal:",
    "",
    `  ${inDataDir(dataDir)}npx --no-install countersign inbox`,
  ];
}

function ownClient(connection: string, kind: string) {
  return ({ url, token }: Status["connections"][number]["agents"][number]): readonly string[] => {
    if (url === null || token === null) return [];
    return kind === "mcp"
      ? [`  ${claudeCommand(connection, url, token)}`]
      : [`  ${psqlCommand(url)} -c "delete from customers where id = 8"`];
  };
}

/** Without it, commands look for the gateway in the folder that they are called in. */
function inDataDir(dataDir: string): string {
  if (dataDir === path.resolve(".countersign")) return "";
  return `COUNTERSIGN_DATA='${visible(dataDir).replaceAll("'", String.raw`'\''`)}' `;
}

function tellConsole(news: ConsoleNews): void {
  switch (news.kind) {
    case "building":
      process.stdout.write("The console is being built …\n");
      break;
    case "ready":
      process.stdout.write("The console is ready.\n");
      break;
    case "failed":
      process.stdout.write(
        `${visible(news.why)} Until that is mended, decide on the command line.\n`,
      );
  }
}

function report(error: unknown): void {
  if (error instanceof GatewayError) {
    toStderr(`countersign: [${error.code}] ${indented(error.message)}\n`);
  } else {
    log.error("gateway.failed", { trace: traceOf(error) });
  }
}
