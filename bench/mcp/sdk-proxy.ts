/**
 * What a gateway on the protocol's kit is: a client of the tool server behind a server of its own, and nothing between.
 *
 *   node bench/mcp/sdk-proxy.ts URL          prints its own URL
 *   node bench/mcp/sdk-proxy.ts COMMAND…     is a program in front of another
 *
 * Ends with its standard input.
 */
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { createMcpHandler, Server } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";

const [target = "", ...rest] = process.argv.slice(2);
const about = { name: "proxy", version: "1.0.0" };
const isProgram = rest.length > 0;
const mode = isProgram ? "legacy" : { pin: "2026-07-28" };
const client = new Client(about, { versionNegotiation: { mode } });
await client.connect(
  isProgram
    ? new StdioClientTransport({ command: target, args: rest })
    : new StreamableHTTPClientTransport(new URL(target)),
);
const build = () => {
  const server = new Server(about, { capabilities: { tools: {} } });
  server.setRequestHandler("tools/list", () => client.listTools());
  server.setRequestHandler("tools/call", ({ params }) => client.callTool(params));
  return server;
};
if (isProgram) serveStdio(build);
else {
  const handler = createMcpHandler(build);
  const listener = getRequestListener((request) => handler.fetch(request));
  const server = createServer((request, response) => void listener(request, response));
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    console.log(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/mcp`);
  });
}
process.stdin.resume().on("end", () => process.exit(0));
