/** What was asked for and of whom, on reviews and on actions alike. */
import { z } from "@hono/zod-openapi";
import { definitionStates, mcpMethods, ownMethods, toolClasses } from "#/core/facts.ts";
import { dataClasses } from "#/core/label.ts";
import { digest, text, texts, time } from "./values.ts";

export const parameter = z
  .object({
    type: z.int().describe("The type's object id, 0 where the client left it open"),
    format: z.enum(["text", "binary"]),
    text: text
      .nullable()
      .describe(
        "As people may see it; bytes that are no text as \\x and hex, and null is SQL's NULL",
      ),
  })
  .readonly();

export const resultMasks = z
  .array(
    z
      .object({
        target: text.describe("Such as email, or of a column schema.table.column"),
        masker: z.enum(["redact", "hash", "tokenise", "partial"]),
      })
      .readonly(),
  )
  .readonly();

/** Of reviews and of the history. */
export const agentReasonWords =
  "Why the agent says that it wants this, masked: its claim, in its own words, which nothing checks; null where it says nothing";

const shownParts = [
  "agentReason",
  "command",
  "parameters",
  "data",
  "asked.command",
  "asked.parameters",
] as const;

/** What stands in the place of something that was sent. */
export const maskedPart = z
  .object({
    field: text.describe("Names what a reveal shows, such as command/1 or parameters/2"),
    of: z.enum(shownParts),
    path: z
      .array(z.int())
      .readonly()
      .describe("Where in a list, from 0: [1] is $2; of data the row and the value"),
    start: z.int().describe("In UTF-16 code units of the text that is shown"),
    end: z.int().describe("Exclusive"),
    entities: texts.describe("What was found; unscanned where it could not be looked at"),
    mayReveal: z.boolean().describe("Whether the caller may reveal it"),
    revealed: z.boolean().describe("Whether the caller has"),
  })
  .readonly();

export const view = z
  .object({
    digest,
    masker: text.describe("Which masker made it"),
    revealed: texts.describe("Entities that the caller has revealed"),
    mustReveal: texts.describe("Fields that the caller has to reveal before they can approve"),
  })
  .readonly();

export const loadedData = z
  .object({
    format: z.enum(["text", "csv", "binary"]),
    sha256: text.describe("Of the data, in lower-case hex: such as of the file that was loaded"),
    bytes: z.int(),
    rows: z.int().nullable().describe("Null where the data is not in its format"),
    columns: texts,
    firstRows: z
      .array(z.object({ values: z.array(parameter).readonly(), isCut: z.boolean() }).readonly())
      .readonly()
      .describe("As many and as much of each as may be shown"),
  })
  .readonly();

export const upstream = z
  .object({
    endpoint: text,
    database: text.nullable().describe("Null of an MCP server, as its role is"),
    role: text.nullable(),
  })
  .readonly();

const statementFacts = z
  .object({
    family: z.literal("sql"),
    kinds: texts,
    reads: texts,
    writes: texts,
    functions: texts,
    filtered: z.boolean(),
    maskedUse: z.boolean(),
    opaque: text.nullable(),
  })
  .readonly();

const callFacts = z
  .object({
    family: z.literal("mcp"),
    method: z.enum([...mcpMethods, ...ownMethods]).describe("The last four are the gateway's own"),
    name: text.describe("The tool's or prompt's name, or the resource's URI"),
    claims: z
      .object({
        readOnly: z.boolean(),
        destructive: z.boolean(),
        idempotent: z.boolean(),
        openWorld: z.boolean(),
      })
      .readonly()
      .describe("The server's own word"),
    definition: z.enum(definitionStates).describe("How it stands to the one that was pinned"),
    toolClass: z.enum(toolClasses).describe("What the gateway takes the tool for"),
  })
  .readonly();

export const toolFlags = z
  .array(z.object({ kind: text, what: text, at: text, words: text }).readonly())
  .readonly();

export const sessionReads = z
  .object({
    from: z
      .array(
        z
          .object({
            connection: text,
            data: z
              .enum(dataClasses)
              .nullable()
              .describe(
                "On its owner's word, or `untrusted` on its server's own where they say nothing",
              ),
            tools: texts.describe("As far as its server lists them"),
            toolsMore: z.int(),
            since: time.describe("When it first read there"),
            at: time.describe("When last"),
          })
          .readonly(),
      )
      .readonly(),
    fromMore: z.int(),
    masked: texts.describe("What of it was masked"),
    isMore: z.boolean().describe("More was read than is kept apart"),
    isUnknown: z
      .literal(true)
      .optional()
      .describe("That, because nothing was kept of what was read before the gateway was updated"),
  })
  .readonly();

export const facts = z.discriminatedUnion("family", [statementFacts, callFacts]);
