/**
 * The tool server that is measured: it echoes, on nothing but Node, so that what stands in front of it weighs most.
 *
 *   node bench/mcp/echo-server.ts http       prints its URL
 *   node bench/mcp/echo-server.ts stdio
 *
 * Ends with its standard input.
 */
import { createServer } from "node:http";
import { createInterface } from "node:readline";

interface Asked {
  readonly id?: number | string;
  readonly method: string;
  readonly params?: { readonly arguments?: unknown };
}

const about = {
  capabilities: { tools: {} },
  serverInfo: { name: "echo", version: "1.0.0" },
  resultType: "complete",
  ttlMs: 60_000,
  cacheScope: "private",
};
const tool = {
  name: "echo",
  description: "Says what it was told",
  inputSchema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
  annotations: { readOnlyHint: true },
};

if (process.argv[2] === "stdio") {
  createInterface({ input: process.stdin }).on("line", (line) => {
    const answer = answerTo(JSON.parse(line) as Asked);
    if (answer !== null) process.stdout.write(`${answer}\n`);
  });
} else {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const answer =
        request.method === "POST"
          ? answerTo(JSON.parse(Buffer.concat(chunks).toString()) as Asked)
          : null;
      if (answer === null)
        return void response.writeHead(request.method === "POST" ? 202 : 405).end();
      response.writeHead(200, { "content-type": "application/json" }).end(answer);
    });
  });
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    console.log(`http://127.0.0.1:${port}/mcp`);
  });
  process.stdin.resume().on("end", () => process.exit(0));
}

function answerTo({ id, method, params }: Asked): string | null {
  if (id === undefined) return null;
  const result = resultOf(method, params?.arguments);
  if (result !== null) return JSON.stringify({ jsonrpc: "2.0", id, result });
  const error = { code: -32_601, message: "Method not found" };
  return JSON.stringify({ jsonrpc: "2.0", id, error });
}

function resultOf(method: string, given: unknown): object | null {
  switch (method) {
    case "tools/call":
      return { resultType: "complete", content: [{ type: "text", text: JSON.stringify(given) }] };
    case "tools/list":
      return { ...about, tools: [tool] };
    case "initialize":
      return { ...about, protocolVersion: "2025-11-25" };
    case "server/discover":
      return { ...about, supportedVersions: ["2026-07-28"] };
    default:
      return null;
  }
}
