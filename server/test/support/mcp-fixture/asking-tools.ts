/** Tools that ask the client by requests of their own, as servers of 2025-11-25 do. */
import type { CallToolResult, ServerContext } from "@modelcontextprotocol/server";
import { type FixtureTool, schemaOf, text } from "./fixture-tool.ts";

const threeOptions = ["option1", "option2", "option3"];

export const askingTools: readonly FixtureTool[] = [
  {
    name: "test_sampling",
    description: "Asks the client's model",
    inputSchema: schemaOf({ prompt: { type: "string" } }),
    run: async ({ prompt }, { mcpReq }) => {
      const answer = await mcpReq.requestSampling({
        messages: [{ role: "user", content: { type: "text", text: String(prompt) } }],
        maxTokens: 100,
      });
      const { content } = answer;
      const words = !Array.isArray(content) && content.type === "text" ? content.text : "";
      return text(`LLM response: ${words}`);
    },
  },
  {
    name: "test_elicitation",
    description: "Asks the client's person",
    inputSchema: schemaOf({ message: { type: "string" } }),
    run: ({ message }, context) =>
      ask(context, String(message), {
        username: { type: "string", description: "User's response" },
        email: { type: "string", description: "User's email address" },
      }),
  },
  {
    name: "test_elicitation_sep1034_defaults",
    description: "Asks with a default for each type",
    run: (_, context) =>
      ask(context, "Please look at the defaults", {
        name: { type: "string", default: "John Doe" },
        age: { type: "integer", default: 30 },
        score: { type: "number", default: 95.5 },
        status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
        verified: { type: "boolean", default: true },
      }),
  },
  {
    name: "test_elicitation_sep1330_enums",
    description: "Asks with each kind of choice",
    run: (_, context) =>
      ask(context, "Please choose", {
        untitledSingle: { type: "string", enum: threeOptions },
        titledSingle: { type: "string", oneOf: titled("Option") },
        legacyEnum: {
          type: "string",
          enum: ["opt1", "opt2", "opt3"],
          enumNames: ["Option One", "Option Two", "Option Three"],
        },
        untitledMulti: { type: "array", items: { type: "string", enum: threeOptions } },
        titledMulti: { type: "array", items: { anyOf: titled("Choice") } },
      }),
  },
];

async function ask(
  { mcpReq }: ServerContext,
  message: string,
  properties: Readonly<Record<string, unknown>>,
): Promise<CallToolResult> {
  const { action, content } = (await mcpReq.send({
    method: "elicitation/create",
    params: { message, requestedSchema: { type: "object", properties } },
  } as never)) as { readonly action: string; readonly content?: unknown };
  return text(`Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`);
}

function titled(word: string): readonly { readonly const: string; readonly title: string }[] {
  return ["First", "Second", "Third"].map((title, index) => ({
    const: `value${index + 1}`,
    title: `${title} ${word}`,
  }));
}
