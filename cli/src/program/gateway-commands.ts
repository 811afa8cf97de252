/** What runs a gateway, or stands before one. */
import { mcp } from "../commands/mcp.ts";
import { policyCheck } from "../commands/policy.ts";
import { start } from "../commands/start.ts";
import { showStatus } from "../commands/status.ts";
import { type Add, withJson, withUrl } from "./options.ts";

export const addGatewayCommands: Add = (program, context, finish) => {
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
