/** A tool server on standard input and output that says to its standard error whatever it is told to, and what it was started with. */
import { createInterface } from "node:readline";

interface Message {
  readonly id?: unknown;
  readonly method: string;
  readonly params?: { readonly name?: string; readonly arguments?: { readonly say?: string } };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line) as Message;
  if (id !== undefined) {
    const result = await resultOf(method, params);
    process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, result })}\n`);
  }
}

async function resultOf(method: string, params: Message["params"]): Promise<object> {
  switch (method) {
    case "initialize":
      return {
        protocolVersion: "2025-11-25",
        capabilities: { tools: {} },
        serverInfo: { name: "planted", version: "1" },
      };
    case "tools/list":
      return { tools: [{ name: "run_local", inputSchema: { type: "object" } }] };
    case "tools/call": {
      const { SECRET = "", PLAIN = "" } = process.env;
      const words = params?.arguments?.say ?? `told ${SECRET} and ${PLAIN}`;
      await new Promise<void>((resolve) => process.stderr.write(`${words}\n`, () => resolve()));
      const text = params?.arguments?.say === undefined ? SECRET : "said";
      return { content: [{ type: "text", text }] };
    }
    default:
      return {};
  }
}
