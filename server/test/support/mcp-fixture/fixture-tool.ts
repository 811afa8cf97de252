/** The shape in which the fixture's tools are written down, whatever they show. */
import {
  type CallToolResult,
  fromJsonSchema,
  type InputRequiredResult,
  type McpServer,
  type ServerContext,
  type ToolAnnotations,
} from "@modelcontextprotocol/server";

export type Arguments = Readonly<Record<string, unknown>>;

export interface FixtureTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object; without it the tool takes none. */
  readonly inputSchema?: Readonly<Record<string, unknown>>;
  readonly outputSchema?: Readonly<Record<string, unknown>>;
  readonly annotations?: ToolAnnotations;
  readonly run: (
    given: Arguments,
    context: ServerContext,
  ) => Promise<CallToolResult | InputRequiredResult> | CallToolResult | InputRequiredResult;
}

export function registerTools(server: McpServer, tools: readonly FixtureTool[]): void {
  for (const { name, description, inputSchema, outputSchema, annotations, run } of tools) {
    server.registerTool(
      name,
      {
        description,
        inputSchema: accepting(inputSchema ?? schemaOf({})),
        ...(outputSchema === undefined ? {} : { outputSchema: accepting(outputSchema) }),
        ...(annotations === undefined ? {} : { annotations }),
      },
      (given, context) => run(given, context),
    );
  }
}

/** A JSON Schema, kept word by word in what the server lists. */
export function accepting(schema: Readonly<Record<string, unknown>>) {
  return fromJsonSchema<Arguments>(schema);
}

export function text(words: string): CallToolResult {
  return { content: [{ type: "text", text: words }] };
}

export function schemaOf(properties: Readonly<Record<string, unknown>>): {
  readonly type: "object";
  readonly properties: Readonly<Record<string, unknown>>;
  readonly required: readonly string[];
} {
  return { type: "object", properties, required: Object.keys(properties) };
}
