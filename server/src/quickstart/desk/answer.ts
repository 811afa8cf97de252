/** One message to the sample's help desk, by the Model Context Protocol up to 2025-11-25, and what is answered to it. */
import { type Arguments, type Tool, ToolProblem } from "./tools.ts";

/** Newest first. */
const versions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"] as const;

const notFound = { code: -32_601, message: "The sample desk has no such method." };
const invalid = { code: -32_602, message: "The sample desk has no such tool." };
const unreadable = { code: -32_700, message: "That is no message." };

/** A line in answer to a line; null where nothing is answered. */
export function answerLine(line: string, tools: readonly Tool[]): string | null {
  const message = readMessage(line);
  if (message === null) return write({ id: null, error: unreadable });
  const { id, method, params } = message;
  // A notification, or an answer to what was never asked.
  if (id === undefined || method === undefined) return null;
  const result = resultOf(method, params, tools);
  return write("error" in result ? { id, error: result.error } : { id, result });
}

interface Message {
  readonly id: string | number | undefined;
  readonly method: string | undefined;
  readonly params: Readonly<Record<string, unknown>>;
}

function readMessage(line: string): Message | null {
  try {
    const { id, method, params } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    return {
      id: typeof id === "string" || typeof id === "number" ? id : undefined,
      method: typeof method === "string" ? method : undefined,
      params: isObject(params) ? params : {},
    };
  } catch {
    return null;
  }
}

type Result = Readonly<Record<string, unknown>> | { readonly error: typeof notFound };

function resultOf(method: string, params: Message["params"], tools: readonly Tool[]): Result {
  switch (method) {
    case "initialize": {
      const asked = params["protocolVersion"];
      return {
        protocolVersion: versions.find((version) => version === asked) ?? versions[0],
        capabilities: { tools: {} },
        serverInfo: { name: "countersign-sample-desk", version: "1" },
      };
    }
    case "ping":
      return {};
    case "tools/list":
      return { tools: tools.map(({ definition }) => definition) };
    case "tools/call": {
      const tool = tools.find(({ definition }) => definition.name === params["name"]);
      if (tool === undefined) return { error: invalid };
      const args = params["arguments"];
      return run(tool, isObject(args) ? args : {});
    }
    default:
      return { error: notFound };
  }
}

function run(tool: Tool, args: Arguments): Result {
  try {
    return { content: [{ type: "text", text: tool.run(args) }] };
  } catch (error) {
    if (!(error instanceof ToolProblem)) throw error;
    return { content: [{ type: "text", text: error.message }], isError: true };
  }
}

function write(answer: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ jsonrpc: "2.0", ...answer });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
