/** The command line: every command with its arguments and options, and the exit code that comes of it. */
import { visibleLines } from "@countersign/sdk/visible";
import { Command, InvalidArgumentError, Option } from "commander";
import { createLink, createToken, signIn, signOut } from "./commands/identity.ts";
import { listedDefault, listedMax, logList, logProof, logVerify } from "./commands/log.ts";
import { mcp } from "./commands/mcp.ts";
import { override } from "./commands/override.ts";
import { policyCheck } from "./commands/policy.ts";
import { reveal } from "./commands/reveal.ts";
import { inbox, reviewStates, show } from "./commands/reviews.ts";
import { scan } from "./commands/scan.ts";
import { start } from "./commands/start.ts";
import { showStatus } from "./commands/status.ts";
import { acceptTool, listTools, rejectTool, showTool } from "./commands/tools.ts";
import { decide } from "./commands/verdicts.ts";
import { verify } from "./commands/verify.ts";
import type { Context } from "./context.ts";
import { CliError, type ExitCode, exitCodes, report } from "./failure.ts";
import { version } from "./version.ts";

/** Runs one command. Never throws. */
export async function run(args: readonly string[], context: Context): Promise<ExitCode> {
  const json = args.includes("--json");
  let code: ExitCode = exitCodes.done;
  const finish = async (work: Promise<ExitCode>) => {
    code = await work;
  };
  const program = createProgram(context, json, finish);
  let hint = "";
  program.hook("preAction", (_, command) => {
    hint = helpHint(command, context);
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    const exit = report(error, json, context.terminal);
    // Commander gives the hint itself where it is commander that refuses.
    if (error instanceof CliError && error.code === "cli.usage" && !json) {
      context.terminal.err(`${hint}\n`);
    }
    return exit;
  }
}

function createProgram(
  context: Context,
  json: boolean,
  finish: (work: Promise<ExitCode>) => Promise<void>,
): Command {
  const program = new Command("countersign")
    .description("Holds an AI agent's consequential actions until a person signs them.")
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: context.terminal.out,
      // It quotes arguments, which may have been pasted.
      writeErr: json ? () => {} : (text) => context.terminal.err(visibleLines(text).join("\n")),
    })
    .helpCommand(false);
  addGatewayCommands(program, context, finish);
  addReviewCommands(program, context, finish);
  addOverrideCommand(program, context, finish);
  addToolCommands(program, context, finish);
  addIdentityCommands(program, context, finish);
  addLogCommands(program, context, finish);
  addScanCommand(program, context, finish);
  addHints(program, context);
  return program;
}

/** Each command's usage errors lead to its own help. */
function addHints(command: Command, context: Context): void {
  command.showHelpAfterError(helpHint(command, context));
  for (const inner of command.commands) addHints(inner, context);
}

function helpHint(command: Command, context: Context): string {
  const names: string[] = [];
  for (let at = command; at.parent !== null; at = at.parent) names.unshift(at.name());
  return `(${[context.command, ...names].join(" ")} --help says what it takes)`;
}

type Add = (
  program: Command,
  context: Context,
  finish: (work: Promise<ExitCode>) => Promise<void>,
) => void;

const addGatewayCommands: Add = (program, context, finish) => {
  program
    .command("start")
    .description("run a gateway: of a configuration, or the quickstart")
    .option("--config <file>", "default countersign.yaml, if it is there")
    .action((options) => finish(start(options)));
  withJson(withUrl(program.command("status").description("the running gateway"))).action(
    (options) => finish(showStatus(context, options)),
  );
  program
    .command("mcp [command...]")
    .description("stand in for a tool server, on standard input and output")
    .usage("--connection <name> [options] [-- command...]")
    .requiredOption("--connection <name>", "the gateway's connection")
    .option("--url <url>", "the gateway; default COUNTERSIGN_URL, or the one of this folder")
    .option("--token-file <file>", "holds the agent's token; default COUNTERSIGN_AGENT_TOKEN")
    .action((command: readonly string[], options) => finish(mcp(context, options, command)));
  const policy = program.command("policy").description("policies").helpCommand(false);
  withJson(policy.command("check <dir>").description("every problem of a policy folder")).action(
    (dir: string, options) => finish(policyCheck(context, dir, options)),
  );
};

const addReviewCommands: Add = (program, context, finish) => {
  const states = new Option("--state <state>", "which reviews")
    .choices([...reviewStates, "all"])
    .default("pending");
  withJson(withUrl(program.command("inbox").description("what waits for a decision")))
    .addOption(states)
    .action((options) => finish(inbox(context, options)));
  withJson(withUrl(program.command("show <id>").description("one review, and how to decide on it")))
    .option("--all", "the whole of what would run, however much it is")
    .action((id: string, options) => finish(show(context, id, options)));
  withJson(
    withUrl(
      program.command("reveal <id> <field>").description("what stands masked there, on record"),
    ),
  ).action((id: string, field: string, options) => finish(reveal(context, id, field, options)));
  for (const { name, verdict, description, why } of verdictCommands) {
    // That the message is there is asked in one place, with one sentence: `decide`.
    const usage = verdict === "approve" ? "<id> [options]" : '<id> -m "…" [options]';
    const command = withJson(withUrl(program.command(`${name} <id>`).description(description)))
      .usage(usage)
      .option("--digest <hex>", "only if the action still has this digest (12 characters or more)")
      .option("--view <hex>", "only if it is still shown as you saw it (12 characters or more)")
      .option("-m, --message <text>", why);
    if (verdict === "approve") {
      const rows = "undo it where it touches more; default as measured, if it was";
      command.option("--max-rows <count>", rows, rowsOf).option("-y, --yes", "do not ask");
    }
    command.action((id: string, options) => finish(decide(context, verdict, id, options)));
  }
};

const addOverrideCommand: Add = (program, context, finish) => {
  withJson(
    withUrl(program.command("override <id>").description("put an edited command in its place")),
  )
    .usage('<id> --command "…" -m "…" [options]')
    .option("--command <text>", "what to run instead; - for standard input")
    .option(
      "--parameters <json>",
      "its parameters, a list of texts and nulls; default those it has",
    )
    .option("--arguments <json>", "of a call of a tool: its arguments, an object")
    .option("--digest <hex>", "only if the action still has this digest (12 characters or more)")
    .option("-m, --message <text>", "why, for the agent's side and the record (required)")
    .option("-y, --yes", "do not ask")
    .action((id: string, options) => finish(override(context, id, options)));
};

const addToolCommands: Add = (program, context, finish) => {
  const tool = program.command("tool").description("tools of MCP servers").helpCommand(false);
  withJson(withUrl(tool.command("list <connection>").description("what a server offers"))).action(
    (connection: string, options) => finish(listTools(context, connection, options)),
  );
  withJson(
    withUrl(
      tool.command("show <connection> <tool>").description("its definition, and what has changed"),
    ),
  ).action((connection: string, name: string, options) =>
    finish(showTool(context, connection, name, options)),
  );
  for (const { name, description, act } of toolJudgements) {
    withJson(withUrl(tool.command(`${name} <connection> <tool>`).description(description)))
      .option("--digest <hex>", "only if it still has this digest (12 characters or more)")
      .option("-y, --yes", "do not ask")
      .action((connection: string, toolName: string, options) =>
        finish(act(context, connection, toolName, options)),
      );
  }
};

const toolJudgements = [
  {
    name: "accept",
    description: "take its definition as it is now, as an administrator",
    act: acceptTool,
  },
  {
    name: "reject",
    description: "let nothing of it run as it is defined now, as an administrator",
    act: rejectTool,
  },
] as const;

const verdictCommands = [
  {
    name: "approve",
    verdict: "approve",
    description: "let it run",
    why: "a comment, for the record",
  },
  {
    name: "deny",
    verdict: "deny",
    description: "do not let it run",
    why: "why, for the agent (required)",
  },
  {
    name: "request-changes",
    verdict: "request_changes",
    description: "ask for another action",
    why: "what to change, for the agent (required)",
  },
] as const;

const addIdentityCommands: Add = (program, context, finish) => {
  withJson(
    program.command("sign-in <url>").description("redeem a sign-in link, and keep the session"),
  ).action((url: string, options) => finish(signIn(context, url, options)));
  withJson(withUrl(program.command("sign-out").description("forget a session"))).action((options) =>
    finish(signOut(context, options)),
  );
  const agent = program.command("agent").description("agents").helpCommand(false);
  withJson(
    withUrl(agent.command("create <name>").description("give a declared agent a new token")),
  ).action((name: string, options) => finish(createToken(context, name, options)));
  const person = program.command("person").description("people").helpCommand(false);
  withJson(
    withUrl(person.command("link <name>").description("make a one-time sign-in link")),
  ).action((name: string, options) => finish(createLink(context, name, options)));
};

const addLogCommands: Add = (program, context, finish) => {
  const log = program.command("log").description("the record of everything").helpCommand(false);
  withJson(withUrl(log.command("list").description("records, the newest unless --from says else")))
    .option("--from <index>", "the first record", indexOf)
    .option("--limit <count>", "how many", limitOf, listedDefault)
    .action((options) => finish(logList(context, options)));
  withJson(
    withUrl(log.command("verify").description("whether the whole record is as it was signed")),
  )
    .option("--data <dir>", "a data folder, also of a stopped gateway or a copy")
    .option("--key <vkey>", "the verifier key, or a file that holds it")
    .action((options) => finish(logVerify(context, options)));
  withJson(
    withUrl(log.command("proof <id>").description("the proof of an action, or of a review's")),
  )
    .option("--out <file>", "where to write it; default standard output")
    .action((id: string, options) => finish(logProof(context, id, options)));
  withJson(program.command("verify <file>").description("check a proof file, without any gateway"))
    .requiredOption("--key <vkey>", "the verifier key, or a file that holds it")
    .action((file: string, options) => finish(verify(context, file, options)));
};

const addScanCommand: Add = (program, context, finish) => {
  const format = new Option(
    "--format <format>",
    "how to read it; default by the file's ending",
  ).choices(["text", "csv", "json", "jsonl"]);
  const masker = new Option("--with <masker>", "what stands instead in the copy")
    .choices(["redact", "partial", "tokenise", "hash", "format"])
    .default("redact");
  withJson(
    program
      .command("scan <file>")
      .description("secrets and personal data in a file; - for standard input"),
  )
    .option("--sarif", "print SARIF 2.1.0")
    .addOption(format)
    .option("--mask <copy>", "write a masked copy; - for standard output")
    .addOption(masker)
    .option("--key-file <file>", "the key of hash and format")
    .action((file: string, options) => finish(scan(context, file, options)));
};

function withJson(command: Command): Command {
  return command.option("--json", "print JSON, failures too");
}

function withUrl(command: Command): Command {
  return command.option(
    "--url <url>",
    "of the gateway; default COUNTERSIGN_URL, a sign-in, or this machine's",
  );
}

/** As the API takes them. */
const rowsMax = 1_000_000_000;

function indexOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is not an index.");
}

function rowsOf(text: string): number {
  const count = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0;
  if (count > 0 && count <= rowsMax) return count;
  throw new InvalidArgumentError(`It is not a number of rows from 1 to ${rowsMax}.`);
}

function limitOf(text: string): number {
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= listedMax) return limit;
  throw new InvalidArgumentError(`It is not a number from 1 to ${listedMax}.`);
}
