/**
 * The tool server that is measured as a typical one: the same tool as `echo-server.ts`, made with the protocol's own kit.
 *
 *   node bench/mcp/kit-server.ts http       prints its URL
 *   node bench/mcp/kit-server.ts stdio
 *
 * Ends with its standard input.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

const inputSchema = z.object({ text: z.string() });

function build(): McpServer {
  const server = new McpServer({ name: "echo", version: "1.0.0" });
  const about = { description: "Says what it was told", inputSchema };
  const annotations = { readOnlyHint: true };
  server.registerTool("echo", { ...about, annotations }, (given) => ({
    content: [{ type: "text", text: JSON.stringify(given) }],
  }));
  return server;
}

if (process.argv[2] === "stdio") serveStdio(build);
else {
  const handler = createMcpHandler(build);
  const listener = getRequestListener((request) => handler.fetch(request));
  const server = createServer((request, response) => void listener(request, response));
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1", () => {
    console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
  });
  process.stdin.resume().on("end", () => process.exit(0));
}
