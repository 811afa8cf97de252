/** Tool servers behind a gateway in which values are planted: one over HTTP that answers as a row says, and one on stdio. */
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { drawn } from "./planted-install.ts";
import { json, type Received, startToolServer } from "./tool-server.ts";

export interface PlantedTools {
  readonly connections: readonly object[];
  readonly environment: Readonly<Record<string, string>>;
  readonly granted: { readonly token: string; readonly client: string };
  readonly argument: string;
  readonly plain: string;
  /** How the server answers a method or a tool of that name. */
  readonly answers: Map<string, ToolAnswer>;
  readonly close: () => Promise<void>;
}

export type ToolAnswer = (
  response: ServerResponse,
  id: unknown,
  request: Received,
) => void | Promise<void>;

const program = join(import.meta.dirname, "planted-tool-program.ts");

export async function openPlantedTools(): Promise<PlantedTools> {
  const granted = { token: drawn(), client: drawn() };
  const [argument, plain] = [drawn(), drawn()];
  const answers = new Map<string, ToolAnswer>();
  const server = await startToolServer(async (request, response) => {
    if (request.path === "/token") {
      return json(response, { access_token: granted.token, token_type: "Bearer" });
    }
    if (request.method !== "POST") return void response.writeHead(405).end();
    const { id, method, params } = JSON.parse(request.body) as {
      readonly id?: unknown;
      readonly method: string;
      readonly params?: { readonly name?: string; readonly uri?: string };
    };
    if (id === undefined) return void response.writeHead(202).end();
    const answer = answers.get(params?.name ?? "") ?? answers.get(method);
    if (answer !== undefined) return answer(response, id, request);
    json(response, { jsonrpc: "2.0", id, result: plainResults[method] ?? {} });
  });
  const { url } = server;
  const connection = (name: string, upstream: object) => ({
    name,
    kind: "mcp",
    environment: "test",
    upstream,
  });
  const tokenUrl = url.replace(/mcp$/, "token");
  const oauth = { tokenUrl, clientId: granted.client, clientSecret: { env: "GRANTED_SECRET" } };
  return {
    connections: [
      connection("desk", { url, credential: { bearer: { env: "DESK_TOKEN" } } }),
      connection("keyed", { url, credential: { header: "x-key", value: { env: "KEYED_VALUE" } } }),
      connection("granted", { url, credential: { oauth } }),
      connection("local", {
        command: [process.execPath, program, argument],
        env: { SECRET: { env: "LOCAL_SECRET" }, PLAIN: plain },
      }),
    ],
    environment: {
      DESK_TOKEN: drawn(),
      KEYED_VALUE: drawn(),
      GRANTED_SECRET: drawn(),
      LOCAL_SECRET: drawn(),
    },
    granted,
    argument,
    plain,
    answers,
    close: server.close,
  };
}

const plainResults: Readonly<Record<string, object>> = {
  initialize: {
    protocolVersion: "2025-11-25",
    capabilities: { tools: {} },
    serverInfo: { name: "planted", version: "1" },
  },
  "tools/list": { tools: [{ name: "run_plain", inputSchema: { type: "object" } }] },
  "tools/call": { content: [{ type: "text", text: "done" }] },
  "resources/read": { contents: [{ uri: "notes://plain", text: "done" }] },
  "prompts/get": { messages: [] },
};
