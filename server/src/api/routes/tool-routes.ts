/**
 * Tools of MCP servers: how each is defined, how that differs from what was pinned, and a person's word on that.
 *
 * Guarantees that a definition is accepted or rejected by a person alone who administers, and only as it was on their screen.
 */
import type { JudgeToolRequest, Tool, ToolSummary } from "@countersign/sdk/wire/tool";
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { answers } from "#/api/answers.ts";
import type { ApiDeps } from "#/api/deps.ts";
import { type ApiEnv, forbiddenText, type Guard } from "#/api/guard.ts";
import { nameParams } from "#/api/name-page.ts";
import { presentFlag } from "#/api/present/present-content.ts";
import { presentTime } from "#/api/present/present-time.ts";
import { judgeToolRequest, tool, toolPage } from "#/api/schemas/tool.ts";
import type { KnownTool, ToolSource } from "#/api/tool-source.ts";
import { GatewayError } from "#/core/errors.ts";
import type { Digest } from "#/core/ids.ts";
import type { Caller } from "#/identity/caller.ts";

const toolsPageMax = 200;
const toolNameCharsMax = 256;
/** Of a title or description in a list. */
const toolTextCharsMax = 200;

export function addToolRoutes(app: OpenAPIHono<ApiEnv>, deps: ApiDeps, guard: Guard): void {
  app.openapi(
    createRoute({
      ...guard("people"),
      method: "get",
      path: "/connections/{name}/tools",
      operationId: "listTools",
      summary: "Tools of an MCP server, by name",
      request: {
        params: nameParams,
        query: z.object({
          cursor: z.string().max(toolNameCharsMax).optional().describe("`next` of the page before"),
          limit: z.coerce.number().int().min(1).max(toolsPageMax).default(toolsPageMax),
        }),
      },
      responses: answers(
        200,
        toolPage,
        "One page of tools, as far as the server was asked for them",
      ),
    }),
    (context) => {
      const { cursor, limit } = context.req.valid("query");
      const all = sourceOf(deps, context.req.valid("param").name).all();
      const left = cursor === undefined ? all : all.filter(({ name }) => name > cursor);
      const items = left.slice(0, limit);
      const next = left.length > limit ? (items.at(-1)?.name ?? null) : null;
      return context.json({ items: items.map(presentToolSummary), next }, 200);
    },
  );

  app.openapi(
    createRoute({
      ...guard("people"),
      method: "get",
      path: "/connections/{name}/tool",
      operationId: "getTool",
      summary: "One tool, with its definition and how it differs from what was pinned",
      request: {
        params: nameParams,
        query: z.object({ tool: z.string().min(1).max(toolNameCharsMax) }),
      },
      responses: answers(200, tool, "The tool"),
    }),
    (context) => {
      const { name } = context.req.valid("param");
      const found = sourceOf(deps, name).one(context.req.valid("query").tool);
      if (found === null) throw unknownTool();
      return context.json(presentTool(name, found), 200);
    },
  );

  const judge = async (
    caller: Caller,
    connection: string,
    { tool: name, digest }: JudgeToolRequest,
    verdict: "accept" | "reject",
  ): Promise<Tool> => {
    // The data folder's credential is nobody's name.
    if (caller.kind !== "person") {
      throw new GatewayError("identity.forbidden", forbiddenText(caller));
    }
    const person = { id: caller.person.id, name: caller.person.name };
    const judged = await sourceOf(deps, connection)[verdict](name, digest as Digest, person);
    return presentTool(connection, judged);
  };

  app.openapi(
    createRoute({
      ...guard("administrators"),
      method: "post",
      path: "/connections/{name}/accept-tool",
      operationId: "acceptTool",
      summary: "Take a tool's definition as it is now",
      description:
        "By an administrator who is signed in: from now on this definition is the pinned one, on record with their name. What is not pinned is held or denied by the rules.",
      request: { params: nameParams, body: judgeBody },
      responses: answers(200, tool, "The tool, as it is now"),
    }),
    async (context) => {
      const { name } = context.req.valid("param");
      const judged = await judge(context.var.caller, name, context.req.valid("json"), "accept");
      return context.json(judged, 200);
    },
  );

  app.openapi(
    createRoute({
      ...guard("administrators"),
      method: "post",
      path: "/connections/{name}/reject-tool",
      operationId: "rejectTool",
      summary: "Reject a tool's definition as it is now",
      description:
        "By an administrator who is signed in, on record with their name: as long as its server says exactly that and nobody accepts it, every call of it is denied, whatever rules and approvals say, and agents don't see it.",
      request: { params: nameParams, body: judgeBody },
      responses: answers(200, tool, "The tool, as it is now"),
    }),
    async (context) => {
      const { name } = context.req.valid("param");
      const judged = await judge(context.var.caller, name, context.req.valid("json"), "reject");
      return context.json(judged, 200);
    },
  );
}

const judgeBody = {
  required: true,
  content: { "application/json": { schema: judgeToolRequest } },
} as const;

function sourceOf({ tools }: ApiDeps, connection: string): ToolSource {
  const source = tools(connection);
  if (source === null) throw new GatewayError("api.not_found", "No MCP server has this name.");
  return source;
}

function unknownTool(): GatewayError {
  return new GatewayError("api.not_found", "The server lists no tool of this name.");
}

function presentToolSummary({
  name,
  state,
  toolClass,
  why,
  flags,
  offered,
}: KnownTool): ToolSummary {
  const { title, description } = offered.content;
  return {
    name,
    state,
    toolClass,
    why,
    title: shortText(title),
    description: shortText(description),
    flags: flags.length,
  };
}

function presentTool(connection: string, known: KnownTool): Tool {
  const { claims, flags, offered, pinned, rejected, differences } = known;
  return {
    ...presentToolSummary(known),
    connection,
    claims: { ...claims },
    found: flags.map(presentFlag),
    offered: { digest: offered.digest, content: { ...offered.content } },
    pinned: pinned && {
      digest: pinned.digest,
      content: { ...pinned.content },
      at: presentTime(pinned.at),
      person: pinned.person?.name ?? null,
    },
    rejected: rejected && { at: presentTime(rejected.at), person: rejected.person.name },
    differences: differences.map(({ path, before, after }) => ({
      path,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    })),
  };
}

function shortText(value: unknown): string | null {
  if (typeof value !== "string") return null;
  return value.slice(0, toolTextCharsMax).replace(/[\ud800-\udbff]$/, "");
}
