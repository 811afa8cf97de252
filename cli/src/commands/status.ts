/** `status`: the one picture of a running gateway. */

import { healthDetail, healthWords } from "@countersign/sdk/health-text";
import { listenerLines } from "@countersign/sdk/listener-lines";
import { safeJson, visible } from "@countersign/sdk/visible";
import type { Health } from "@countersign/sdk/wire/connection";
import type { Status } from "@countersign/sdk/wire/status";
import type { Context } from "../context.ts";
import { type ExitCode, exitCodes } from "../failure.ts";
import { type GatewayOptions, withGateway } from "../gateway.ts";
import { duration, paint, type Terminal, table } from "../layout.ts";

export function showStatus(
  context: Context,
  options: GatewayOptions & { readonly json?: boolean },
): Promise<ExitCode> {
  const { terminal } = context;
  return withGateway(context, options, async ({ client }) => {
    const answer = await client.status();
    terminal.out(
      options.json === true ? `${safeJson(answer)}\n` : present(answer, Date.now(), terminal),
    );
    return exitCodes.done;
  });
}

function present(status: Status, now: number, terminal: Terminal): string {
  const rows = [
    ["  console", consoleText(status)],
    ...listenerLines(status).map(([name, address]) => [`  ${visible(name)}`, visible(address)]),
    ["  data", `${visible(status.dataDir)} (process ${status.pid})`],
    ["  log", `${status.log.size} records of ${visible(status.log.origin)}`],
    ["  log's key", visible(status.log.key)],
    ["  you", callerText(status)],
  ];
  const connections = status.connections.flatMap(({ name, kind, environment, agents, health }) => [
    `\n  ${paint(terminal, "bold", visible(name))} (${visible(kind)}, ${visible(environment)})\n`,
    ...(health === null ? [] : [`    ${healthLine(health, now, terminal)}\n`]),
    ...agents.map(({ name: agent, url }) => {
      const string = url === null ? "" : `  ${visible(url)}`;
      return `    ${visible(agent)}${string}\n`;
    }),
  ]);
  return `Countersign ${visible(status.version)} ${readyText(status, terminal)}.\n\n${table(rows)}${connections.join("")}`;
}

/** Of what fails since when; of what is reached when that was heard last. */
function healthLine(health: Health, now: number, terminal: Terminal): string {
  const { state, since, heardAt } = health;
  const detail = healthDetail(health);
  const ago = (time: string) => `${duration(now - Date.parse(time))} ago`;
  const words = healthWords[state];
  if (state === "failing") {
    const from = since === null ? "" : ` since ${visible(ago(since))}`;
    return `${paint(terminal, ["bold", "red"], `${words}${from}`)}: ${visible(detail ?? "")}`;
  }
  const what = detail === null ? "" : `, ${visible(detail)}`;
  return `${words}${what}${heardAt === null ? "" : `, heard ${visible(ago(heardAt))}`}`;
}

/** Where it listens is told where that is another address than the one to use. */
function consoleText({ console: { url }, listeners }: Status): string {
  const { api } = listeners;
  const where = api === undefined ? "" : `${api.host}:${api.port}`;
  const isSame = api === undefined || URL.parse(url)?.host === where;
  return isSame ? visible(url) : `${visible(url)} (listens on ${visible(where)})`;
}

/** Whom this command line's credential is, so that a verdict's name surprises nobody. */
function callerText({ caller: { kind, name, groups } }: Status): string {
  const who = visible(name ?? "nobody");
  if (kind === "operator")
    return "administer with the data folder's credential, and decide nothing";
  if (kind === "agent") return `act as agent ${who}, and decide nothing`;
  if (groups.length === 0) return `act as ${who}, in no group`;
  const plural = groups.length === 1 ? "group" : "groups";
  return `act as ${who}, ${plural} ${groups.map(visible).join(", ")}`;
}

function readyText({ ready, degraded }: Status, terminal: Terminal): string {
  if (ready) return "is running";
  const why = degraded === null ? "" : `: ${visible(degraded.replace(/\.$/, ""))}`;
  return paint(terminal, ["bold", "red"], `is running, and refuses every action${why}`);
}
