/**
 * The MCP server of the tests, on the protocol's own kit: all that the public conformance suite asks of a server,
 * and a few tools as offices have them. It is written for our tests from the suite's descriptions alone.
 */
import { McpServer } from "@modelcontextprotocol/server";
import { askingTools } from "./asking-tools.ts";
import { contentTools } from "./content-tools.ts";
import { registerTools } from "./fixture-tool.ts";
import { inputRequiredTools, requestState } from "./input-required-tools.ts";
import { noteTools, type Ran } from "./note-tools.ts";
import { registerPrompts, registerResources } from "./resources.ts";
import { type Announce, streamTools } from "./stream-tools.ts";
import { type Walks, walkTools } from "./walk-tools.ts";

const changing = { listChanged: true };

export function buildServer(announce: Announce, ran: (call: Ran) => void, walks: Walks): McpServer {
  const server = new McpServer(
    { name: "countersign-test-fixture", version: "1.0.0" },
    {
      capabilities: {
        tools: changing,
        prompts: changing,
        resources: { ...changing, subscribe: true },
        logging: {},
        completions: {},
      },
      requestState: { verify: requestState.verify },
    },
  );
  registerTools(server, [
    ...contentTools,
    ...streamTools(announce),
    ...askingTools,
    ...inputRequiredTools,
    ...noteTools(ran),
    ...walkTools(walks),
  ]);
  registerResources(server);
  registerPrompts(server);
  const { server: protocol } = server;
  protocol.setRequestHandler("logging/setLevel", () => ({}));
  protocol.setRequestHandler("resources/subscribe", () => ({}));
  protocol.setRequestHandler("resources/unsubscribe", () => ({}));
  protocol.setRequestHandler("completion/complete", ({ params }) => {
    const values = ["paris", "park", "party"].filter((it) => it.startsWith(params.argument.value));
    return { completion: { values, total: values.length, hasMore: false } };
  });
  return server;
}
