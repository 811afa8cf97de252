/**
 * What of a message stands in headers too (MCP 2026-07-28, streamable HTTP): its method, what it names, and the arguments
 * that a tool's schema says so of.
 */
import { type Fields, fieldsOf, type Message, type Request } from "./message.ts";

export interface Mirror {
  headersOf(request: Request): Readonly<Record<string, string>>;
  /** Takes note of tools' schemas. */
  learn(answer: Message): void;
}

/** Tools whose schemas are kept. Of more nothing is mirrored, and a server that needs it refuses. */
const toolsMax = 10_000;
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;

interface MirroredArgument {
  readonly header: string;
  readonly path: readonly string[];
}

export function createMirror(): Mirror {
  const tools = new Map<string, readonly MirroredArgument[]>();
  return {
    headersOf({ method, params }) {
      const named = nameOf(method, params);
      const own = { "mcp-method": encode(method) };
      if (named === null) return own;
      const mirrored = method === "tools/call" ? (tools.get(named) ?? []) : [];
      const values = mirrored.flatMap(({ header, path }) => {
        const value = textAt(fieldsOf(params["arguments"]), path);
        return value === null ? [] : [[`mcp-param-${header}`, encode(value)] as const];
      });
      return { ...own, "mcp-name": encode(named), ...Object.fromEntries(values) };
    },
    learn(answer) {
      if (answer.kind !== "response") return;
      const listed = answer.result["tools"];
      if (!Array.isArray(listed)) return;
      for (const tool of listed.map(fieldsOf)) {
        const { name } = tool;
        if (typeof name !== "string" || tools.size >= toolsMax) continue;
        tools.set(name, [...mirroredIn(fieldsOf(tool["inputSchema"]), [])]);
      }
    },
  };
}

const namedBy: Readonly<Record<string, string>> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
};

function nameOf(method: string, params: Fields): string | null {
  const key = method.startsWith("tasks/") ? "taskId" : namedBy[method];
  const value = key === undefined ? undefined : params[key];
  return typeof value === "string" ? value : null;
}

/** Through `properties` alone. */
function* mirroredIn(schema: Fields, path: readonly string[]): Generator<MirroredArgument> {
  for (const [key, inner] of Object.entries(fieldsOf(schema["properties"]))) {
    const at = [...path, key];
    const header = fieldsOf(inner)["x-mcp-header"];
    if (typeof header === "string" && token.test(header)) {
      yield { header: header.toLowerCase(), path: at };
    }
    yield* mirroredIn(fieldsOf(inner), at);
  }
}

function textAt(start: Fields, path: readonly string[]): string | null {
  let at: unknown = start;
  for (const key of path) {
    const fields = fieldsOf(at);
    if (!Object.hasOwn(fields, key)) return null;
    at = fields[key];
  }
  if (typeof at === "string") return at;
  if (typeof at === "boolean") return String(at);
  return Number.isSafeInteger(at) ? String(at) : null;
}

/** What a header can't carry as it is, or would be read as this encoding, is carried in Base64. */
function encode(value: string): string {
  const isPlain = /^(?:[!-~](?:[\t -~]*[!-~])?)?$/.test(value);
  if (isPlain && !/^=\?base64\?.*\?=$/.test(value)) return value;
  return `=?base64?${Buffer.from(value, "utf8").toString("base64")}?=`;
}
