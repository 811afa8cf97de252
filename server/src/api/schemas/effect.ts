/** What was found out of an action before it ran. */
import { z } from "@hono/zod-openapi";
import { effectBases } from "#/core/effect.ts";
import { text, texts, time } from "./values.ts";

const sampleValues = z
  .array(
    z
      .object({
        text: text.nullable().describe("Null is SQL's NULL"),
        isMasked: z.boolean().describe("Something of it was replaced, or all of it"),
        isCut: z.boolean(),
      })
      .readonly(),
  )
  .readonly()
  .nullable();

const sample = z
  .object({
    relation: text.describe("schema.name"),
    columns: z
      .array(
        z
          .object({
            name: text,
            type: text.describe("As the database writes it"),
            isKey: z.boolean().describe("Of the primary key"),
            sensitive: z.boolean().describe("The configuration marks it so"),
          })
          .readonly(),
      )
      .readonly(),
    columnsMore: z.int().describe("How many more the relation has"),
    rows: z
      .array(
        z
          .object({
            before: sampleValues.describe(
              "In the order of the columns; null of a row that would come",
            ),
            after: sampleValues.describe("Likewise; null of a row that would go"),
            changed: z
              .array(z.int())
              .readonly()
              .describe("Places of the columns that would differ"),
          })
          .readonly(),
      )
      .readonly(),
  })
  .readonly();

export const effect = z
  .object({
    basis: z
      .enum(effectBases)
      .describe("measured: counted in a run that was rolled back; estimated: by the planner"),
    rows: z.int().nullable().describe("Null where it is unknown"),
    at: time,
    reason: text.nullable().describe("Why it is unknown"),
    caveat: text
      .nullable()
      .describe("What the number leaves out, or what finding it out has left behind"),
    sample: sample
      .nullable()
      .describe("Some of the rows that were measured, masked; null where none can be shown"),
  })
  .readonly();

export const touched = z
  .object({
    relations: z
      .array(
        z
          .object({
            name: text.describe("schema.name"),
            isView: z.boolean(),
            columns: z
              .array(z.object({ name: text, sensitive: z.boolean() }).readonly())
              .readonly(),
            columnsMore: z.int().describe("How many more there are than are named"),
          })
          .readonly(),
      )
      .readonly()
      .nullable()
      .describe("Those with marked columns first; null where it can't be told"),
    relationsMore: z.int().describe("How many more there are than are named"),
    besides: texts.describe("What may be touched besides; or, where it can't be told, why"),
    at: time,
  })
  .readonly();

export const openTransaction = z
  .object({
    since: time.nullable().describe("Null where it could not be read"),
    locks: z
      .array(z.object({ on: text, mode: text }).readonly())
      .readonly()
      .nullable()
      .describe("The strongest of each when it began to wait; null where they could not be read"),
    locksMore: z.int().describe("How many more there were than are named"),
    blocks: z
      .int()
      .nullable()
      .describe("Other sessions that wait for one of its locks; null where that is not known"),
    at: time.describe("When that was looked at"),
  })
  .readonly();
