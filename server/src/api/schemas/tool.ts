/** Tools of an MCP server. */
import { z } from "@hono/zod-openapi";
import { definitionStates, toolClasses } from "#/core/facts.ts";
import { toolFlags } from "./content.ts";
import { digest, next, text, texts, time } from "./values.ts";

const json = z.unknown().describe("Any JSON");

const claims = z
  .object({
    readOnly: z.boolean(),
    destructive: z.boolean(),
    idempotent: z.boolean(),
    openWorld: z.boolean(),
  })
  .readonly();

const summary = {
  name: text,
  state: z.enum(definitionStates).describe("How its definition stands to the one that was pinned"),
  toolClass: z.enum(toolClasses).describe("What the gateway takes it for"),
  why: text.describe("Why it is taken for that"),
  title: text.nullable().describe("The server's own word, its first 200 characters"),
  description: text.nullable().describe("Likewise"),
  flags: z.int().describe("How much of its definition is there for a model and not for a person"),
};

export const toolPage = z
  .object({ items: z.array(z.object(summary).readonly()).readonly(), next })
  .readonly()
  .openapi("ToolPage");

const definition = { digest, content: z.record(z.string(), json).readonly() };

export const tool = z
  .object({
    ...summary,
    connection: text,
    claims: claims.describe("The server's own word"),
    found: toolFlags.describe(
      "What of its definition hides, gives orders, or asks for what it has no use for",
    ),
    offered: z.object(definition).readonly().describe("As its server defines it now"),
    pinned: z
      .object({
        ...definition,
        at: time,
        person: text
          .nullable()
          .describe("Who accepted it; null where it was pinned by its first use"),
      })
      .readonly()
      .nullable()
      .describe("Null where it was never used, and nobody has accepted it"),
    rejected: z
      .object({ at: time, person: text })
      .readonly()
      .nullable()
      .describe("Who has rejected it as it is offered; null where nobody has"),
    differences: z
      .array(
        z
          .object({
            path: texts,
            before: json.describe("Absent where nothing stood there"),
            after: json.describe("Absent where nothing stands there any more"),
          })
          .partial({ before: true, after: true })
          .readonly(),
      )
      .readonly()
      .describe("From what is pinned to what is offered, 100 at most"),
  })
  .readonly()
  .openapi("Tool");

export const judgeToolRequest = z
  .strictObject({
    tool: z.string().min(1).max(256),
    digest: digest.describe("`offered.digest` of the reading that was judged"),
  })
  .openapi("JudgeToolRequest");
