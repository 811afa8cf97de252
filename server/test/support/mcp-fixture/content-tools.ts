/** Tools that answer at once: one for each kind of content, one whose answer has a schema, and one that fails. */
import { type FixtureTool, schemaOf, text } from "./fixture-tool.ts";
import { pixelPng, silentWav } from "./samples.ts";

export const contentTools: readonly FixtureTool[] = [
  {
    name: "test_simple_text",
    description: "Answers with a text",
    annotations: { readOnlyHint: true },
    run: () => text("This is a simple text response for testing."),
  },
  {
    name: "test_image_content",
    description: "Answers with a picture",
    annotations: { readOnlyHint: true },
    run: () => ({ content: [{ type: "image", data: pixelPng, mimeType: "image/png" }] }),
  },
  {
    name: "test_audio_content",
    description: "Answers with a sound",
    annotations: { readOnlyHint: true },
    run: () => ({ content: [{ type: "audio", data: silentWav, mimeType: "audio/wav" }] }),
  },
  {
    name: "test_embedded_resource",
    description: "Answers with a resource",
    annotations: { readOnlyHint: true },
    run: () => ({
      content: [
        {
          type: "resource",
          resource: {
            uri: "test://embedded-resource",
            mimeType: "text/plain",
            text: "This is an embedded resource content.",
          },
        },
      ],
    }),
  },
  {
    name: "test_multiple_content_types",
    description: "Answers with a text, a picture and a resource",
    annotations: { readOnlyHint: true },
    run: () => ({
      content: [
        { type: "text", text: "Multiple content types test:" },
        { type: "image", data: pixelPng, mimeType: "image/png" },
        {
          type: "resource",
          resource: {
            uri: "test://mixed-content-resource",
            mimeType: "application/json",
            text: '{"test":"data","value":123}',
          },
        },
      ],
    }),
  },
  {
    name: "test_error_handling",
    description: "Fails",
    run: () => {
      throw new Error("This tool intentionally returns an error for testing");
    },
  },
  {
    name: "json_schema_2020_12_tool",
    description: "Tool with JSON Schema 2020-12 features",
    inputSchema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      $defs: {
        address: {
          $anchor: "addressDef",
          type: "object",
          properties: { street: { type: "string" }, city: { type: "string" } },
        },
      },
      properties: {
        name: { type: "string" },
        address: { $ref: "#/$defs/address" },
        contactMethod: { type: "string", enum: ["phone", "email"] },
        phone: { type: "string" },
        email: { type: "string" },
      },
      allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
      if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      then: { required: ["phone"] },
      else: { required: ["email"] },
      additionalProperties: false,
    },
    run: (given) => text(JSON.stringify(given)),
  },
  {
    name: "test_x_mcp_header",
    description: "Has an argument that a header repeats",
    inputSchema: {
      type: "object",
      properties: {
        region: { type: "string", "x-mcp-header": "Region" },
        level: { type: "integer" },
      },
    },
    run: ({ region }) => text(`region=${JSON.stringify(region)}`),
  },
  {
    name: "test_structured_content",
    description: "Answers with content that has a schema",
    annotations: { readOnlyHint: true },
    inputSchema: schemaOf({ city: { type: "string" } }),
    outputSchema: schemaOf({ city: { type: "string" }, degrees: { type: "number" } }),
    run: ({ city }) => {
      const structuredContent = { city, degrees: 21.5 };
      return { ...text(JSON.stringify(structuredContent)), structuredContent };
    },
  },
];
