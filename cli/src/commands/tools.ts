/**
 * `tool`: what an MCP server offers, how a definition differs from the one that was pinned, and a person's word on that.
 *
 * Guarantees that what is judged is what was shown, by its digest, and that on a terminal nothing is before it was answered with yes.
 */

import type { Client } from "@countersign/sdk/client";
import { claimsText, classText, definitionText } from "@countersign/sdk/facts-text";
import { safeJson, visible, visibleLines } from "@countersign/sdk/visible";
import type { JudgeToolRequest, Tool, ToolSummary } from "@countersign/sdk/wire/tool";
import type { Context } from "../context.ts";
import { presentDifference } from "../difference.ts";
import { CliError, type ExitCode, exitCodes } from "../failure.ts";
import { type GatewayOptions, withGateway } from "../gateway.ts";
import { clockTime, cut, field, paint, quote, type Terminal } from "../layout.ts";

export interface ToolOptions extends GatewayOptions {
  readonly json?: boolean;
}

export interface JudgeOptions extends ToolOptions {
  readonly digest?: string;
  readonly yes?: boolean;
}

const stateWords: Readonly<Record<ToolSummary["state"], string>> = {
  first: "not used yet",
  pinned: "pinned",
  changed: "changed",
  rejected: "rejected",
  unknown: "not listed",
};

/** Of a digest that is typed. */
const digestCharsLeast = 12;

export function listTools(
  context: Context,
  connection: string,
  options: ToolOptions,
): Promise<ExitCode> {
  const { terminal } = context;
  return withGateway(context, options, async ({ client }) => {
    const { items } = await client.tools(connection);
    if (options.json === true) {
      terminal.out(`${safeJson(items)}\n`);
      return exitCodes.done;
    }
    for (const tool of items) terminal.out(summaryText(tool, terminal));
    if (items.length === 0) terminal.out("No tool is known yet: none was listed or called.\n");
    return exitCodes.done;
  });
}

export function showTool(
  context: Context,
  connection: string,
  name: string,
  options: ToolOptions,
): Promise<ExitCode> {
  const { terminal } = context;
  return withGateway(context, options, async ({ client }) => {
    const tool = await client.tool(connection, name);
    terminal.out(options.json === true ? `${safeJson(tool)}\n` : toolText(tool, terminal));
    return exitCodes.done;
  });
}

export function acceptTool(
  context: Context,
  connection: string,
  name: string,
  options: JudgeOptions,
): Promise<ExitCode> {
  return judgeTool(context, connection, name, options, accepting);
}

export function rejectTool(
  context: Context,
  connection: string,
  name: string,
  options: JudgeOptions,
): Promise<ExitCode> {
  return judgeTool(context, connection, name, options, rejecting);
}

interface Judgement {
  readonly question: string;
  readonly done: string;
  readonly send: (client: Client, connection: string, request: JudgeToolRequest) => Promise<Tool>;
}

const accepting: Judgement = {
  question: "Take this definition?",
  done: "Accepted.",
  send: (client, connection, request) => client.acceptTool(connection, request),
};

const rejecting: Judgement = {
  question: "Reject this definition, so that nothing of it runs and calls of it that wait end?",
  done: "Rejected: no call of it runs as long as its server says this, and those that waited have ended.",
  send: (client, connection, request) => client.rejectTool(connection, request),
};

function judgeTool(
  context: Context,
  connection: string,
  name: string,
  options: JudgeOptions,
  { question, done, send }: Judgement,
): Promise<ExitCode> {
  const { terminal } = context;
  return withGateway(context, options, async ({ client }) => {
    const tool = await client.tool(connection, name);
    checkDigest(tool, options.digest);
    if (options.json !== true) {
      terminal.out(toolText(tool, terminal));
      if (options.yes !== true) await confirm(context, question);
    }
    const judged = await send(client, connection, { tool: name, digest: tool.offered.digest });
    terminal.out(
      options.json === true
        ? `${safeJson(judged)}\n`
        : `\n${done} It is on record with your name.\n`,
    );
    return exitCodes.done;
  });
}

function checkDigest({ offered }: Tool, digest: string | undefined): void {
  if (digest === undefined) return;
  if (digest.length >= digestCharsLeast && offered.digest.startsWith(digest)) return;
  throw new CliError("cli.usage", "Its definition does not have this digest: look at it again.");
}

async function confirm({ input, terminal }: Context, question: string): Promise<void> {
  if (input.ask === null) return;
  const answer = await input.ask(`\n${question} [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return;
  terminal.out("\n");
  throw new CliError("cli.not_confirmed", "Nothing was changed.");
}

function summaryText(tool: ToolSummary, terminal: Terminal): string {
  const { name, state, description, flags } = tool;
  const warning = flags === 0 ? "" : `, ${flags} ${flags === 1 ? "warning" : "warnings"}`;
  const first = visibleLines(description ?? "")[0] ?? "";
  const said = first === "" ? "" : `  | ${cut(first, terminal.columns - "  | ".length)}\n`;
  return `${paint(terminal, "bold", visible(name))}  ${stateWords[state]}, ${classText(tool)}${warning}\n${said}`;
}

function toolText(tool: Tool, terminal: Terminal): string {
  const { name, state, why, found, offered, pinned, rejected } = tool;
  const by = pinned?.person === null ? "its first use" : visible(pinned?.person ?? "");
  const rows: readonly (readonly [string, string])[] = [
    ["kind", `${classText(tool)}. ${visible(why)}`],
    ["claimed", claimsText(tool)],
    ["defined", definitionText({ definition: state })],
    ...(pinned === null ? [] : [["pinned", `${clockTime(pinned.at)} by ${by}`] as const]),
    ...(rejected === null
      ? []
      : [["rejected", `${clockTime(rejected.at)} by ${visible(rejected.person)}`] as const]),
    ...found.map(({ what, at, words }) => {
      const place = at === "" ? "" : ` in ${visible(at)}`;
      return ["warning", `${visible(what)}${place}: ${visible(words)}`] as const;
    }),
    ["digest", offered.digest],
  ];
  return [
    `${paint(terminal, "bold", visible(name))}  ${stateWords[state]}\n\n`,
    pinned === null || state === "pinned"
      ? quote(linesOf(offered.content), terminal.columns)
      : presentDifference(linesOf(pinned.content), linesOf(offered.content), terminal),
    "\n",
    ...rows.map(([label, text]) => field(label, text, terminal.columns)),
  ].join("");
}

function linesOf(content: Tool["offered"]["content"]): readonly string[] {
  const { description, ...rest } = content;
  const text = typeof description === "string" ? description : "";
  return [...visibleLines(text), "", ...JSON.stringify(rest, null, 2).split("\n").map(visible)];
}
