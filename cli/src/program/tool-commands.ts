/** Tools of MCP servers. */
import { acceptTool, listTools, rejectTool, showTool } from "../commands/tools.ts";
import { type Add, withJson, withUrl } from "./options.ts";

export const addToolCommands: Add = (program, context, finish) => {
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
