/** The resources and prompts that the suite asks for. */
import {
  acceptedContent,
  inputRequired,
  type McpServer,
  ResourceTemplate,
} from "@modelcontextprotocol/server";
import { accepting, schemaOf } from "./fixture-tool.ts";
import { askFor } from "./input-required-tools.ts";
import { pixelPng } from "./samples.ts";

export function registerResources(server: McpServer): void {
  const texts = {
    "static-text": "This is the content of the static text resource.",
    "watched-resource": "Watched by those who subscribe.",
    "example-resource": "For prompts that embed it.",
  };
  for (const [name, words] of Object.entries(texts)) {
    const uri = `test://${name}`;
    const content = { uri, mimeType: "text/plain", text: words };
    const about = { description: `The text of ${name}`, mimeType: "text/plain" };
    server.registerResource(name, uri, about, () => ({ contents: [content] }));
  }
  const picture = { uri: "test://static-binary", mimeType: "image/png", blob: pixelPng };
  server.registerResource(
    "static-binary",
    picture.uri,
    { description: "A picture of one pixel", mimeType: picture.mimeType },
    () => ({ contents: [picture] }),
  );
  server.registerResource(
    "template",
    new ResourceTemplate("test://template/{id}/data", { list: undefined }),
    { description: "Data by its id", mimeType: "application/json" },
    ({ href }, { id }) => {
      const data = { id, templateTest: true, data: `Data for ID: ${String(id)}` };
      const text = JSON.stringify(data);
      return { contents: [{ uri: href, mimeType: "application/json", text }] };
    },
  );
}

export function registerPrompts(server: McpServer): void {
  const description = "For tests of prompts";
  server.registerPrompt("test_simple_prompt", { description }, () =>
    says("This is a simple prompt for testing."),
  );
  server.registerPrompt(
    "test_prompt_with_arguments",
    { description, argsSchema: takes("arg1", "arg2") },
    ({ arg1, arg2 }) =>
      says(`Prompt with arguments: arg1='${String(arg1)}', arg2='${String(arg2)}'`),
  );
  server.registerPrompt(
    "test_prompt_with_embedded_resource",
    { description, argsSchema: takes("resourceUri") },
    ({ resourceUri }) => {
      const uri = String(resourceUri);
      const text = "Embedded resource content for testing.";
      const resource = { uri, mimeType: "text/plain", text };
      return {
        messages: [
          { role: "user", content: { type: "resource", resource } },
          ...says("Please process the embedded resource above.").messages,
        ],
      };
    },
  );
  server.registerPrompt("test_prompt_with_image", { description }, () => ({
    messages: [
      { role: "user", content: { type: "image", data: pixelPng, mimeType: "image/png" } },
      ...says("Please analyze the image above.").messages,
    ],
  }));
  server.registerPrompt("test_input_required_result_prompt", { description }, ({ mcpReq }) => {
    const key = "user_context";
    const answer = acceptedContent<{ context: string }>(mcpReq.inputResponses, key);
    if (answer !== undefined) return says(`In this context: ${answer.context}`);
    const asked = askFor("What context should the prompt use?", "context", "string");
    return inputRequired({ inputRequests: { [key]: asked } });
  });
}

function says(text: string) {
  return { messages: [{ role: "user" as const, content: { type: "text" as const, text } }] };
}

function takes(...names: readonly string[]) {
  const properties = Object.fromEntries(names.map((name) => [name, { type: "string" }]));
  return accepting(schemaOf(properties));
}
