/** The command line: every command with its arguments and options, and the exit code that comes of it. */
import { visibleLines } from "@countersign/sdk/visible";
import { Command } from "commander";
import type { Context } from "./context.ts";
import { CliError, type ExitCode, exitCodes, report } from "./failure.ts";
import { addGatewayCommands } from "./program/gateway-commands.ts";
import { addIdentityCommands } from "./program/identity-commands.ts";
import { addLogCommands } from "./program/log-commands.ts";
import { addOverrideCommand, addReviewCommands } from "./program/review-commands.ts";
import { addScanCommand } from "./program/scan-command.ts";
import { addToolCommands } from "./program/tool-commands.ts";
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
