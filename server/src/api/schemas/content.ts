/** What was asked for and of whom, on reviews and on actions alike. */
import { z } from "@hono/zod-openapi";
import { text, texts } from "./values.ts";

export const parameter = z
  .object({
    type: z.int().describe("The type's object id, 0 where the client left it open"),
    format: z.enum(["text", "binary"]),
    text: text.nullable().describe("Bytes that are no text as \\x and hex; null is SQL's NULL"),
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

export const upstream = z.object({ endpoint: text, database: text, role: text }).readonly();

export const facts = z
  .object({
    kinds: texts,
    reads: texts,
    writes: texts,
    functions: texts,
    filtered: z.boolean(),
    opaque: text.nullable(),
  })
  .readonly();
