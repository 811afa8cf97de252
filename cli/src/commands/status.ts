/** `status`: the one picture of a running gateway. */
import type { Status } from "@countersign/sdk/wire";
import type { Context } from "../context.ts";
import { type ExitCode, exitCodes } from "../failure.ts";
import { type GatewayOptions, withGateway } from "../gateway.ts";
import { paint, type Terminal, table } from "../layout.ts";
import { safeJson, visible } from "../visible.ts";

export function showStatus(
  context: Context,
  options: GatewayOptions & { readonly json?: boolean },
): Promise<ExitCode> {
  const { terminal } = context;
  return withGateway(context, options, async ({ client }) => {
    const answer = await client.status();
    terminal.out(options.json === true ? `${safeJson(answer)}\n` : present(answer, terminal));
    return exitCodes.done;
  });
}

function present(status: Status, terminal: Terminal): string {
  const rows = [
    ["  API", visible(status.console.url)],
    ...Object.entries(status.listeners).map(([name, { host, port }]) => [
      `  ${visible(name)}`,
      `${visible(host)}:${port}`,
    ]),
    ["  data", `${visible(status.dataDir)} (process ${status.pid})`],
    ["  log", `${status.log.size} records of ${visible(status.log.origin)}`],
    ["  log's key", visible(status.log.key)],
  ];
  const connections = status.connections.flatMap(({ name, kind, environment, agents }) => [
    `\n  ${paint(terminal, "bold", visible(name))} (${visible(kind)}, ${visible(environment)})\n`,
    ...agents.map(({ name: agent, url }) => {
      const string = url === null ? "" : `  ${visible(url)}`;
      return `    ${visible(agent)}${string}\n`;
    }),
  ]);
  return `Countersign ${visible(status.version)} ${readyText(status, terminal)}.\n\n${table(rows)}${connections.join("")}`;
}

function readyText({ ready, degraded }: Status, terminal: Terminal): string {
  if (ready) return "is running";
  const why = degraded === null ? "" : `: ${visible(degraded)}`;
  return paint(terminal, ["bold", "red"], `is running, and refuses every action${why}`);
}
