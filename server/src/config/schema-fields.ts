/** What several parts of a configuration are written with. */
import { z } from "zod";
import { parseEntity } from "#/core/entity.ts";
import { dataClasses } from "#/core/label.ts";

export const name = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,62}$/,
    "use 1 to 63 of a-z, 0-9, '.', '_', '-', beginning with a letter or digit",
  );

export const host = z.string().min(1).max(253);
export const port = z.int().min(0).max(65_535);

export const secret = z
  .union(
    [
      z.strictObject({ env: z.string().min(1).describe("Name of an environment variable") }),
      z.strictObject({
        file: z.string().min(1).describe("Path of a file; one final line break is ignored"),
      }),
    ],
    { error: "a secret does not stand here: write { env: NAME } or { file: PATH }" },
  )
  .describe("A secret by reference");

export const file = z.strictObject({ file: z.string().min(1).describe("Path of a PEM file") });

const revealed = z
  .string()
  .max(100)
  .refine((text) => text === "*" || parseEntity(text) !== null, {
    error: "is no recognizer; write one of docs/reference/recognizers.md, such as iban, or *",
  });

export const reveal = z
  .array(
    z.strictObject({
      groups: z.array(name).min(1).max(100).describe("Whoever is in one of these groups"),
      entities: z
        .array(revealed)
        .min(1)
        .max(200)
        .describe("may see what these recognizers found, by their names, such as iban; * for all"),
    }),
  )
  .max(1000)
  .default([]);

/** Of every kind of connection. */
export const connectionFields = {
  name: name.describe(
    "What agents call it: the database in their connection string, or the last part of their URL",
  ),
  environment: name.describe("Such as production; policies speak of it"),
  labels: z
    .record(z.string().max(63), z.string().max(255))
    .default({})
    .describe("Free labels, for policies"),
  reveal: reveal.describe(
    "Who may see what stands masked in reviews on this connection, field by field and on record, besides those of the whole gateway; default nobody",
  ),
  data: z
    .enum(dataClasses)
    .nullable()
    .default(null)
    .describe(
      "What its answers are, for policies on what an agent that has read them may do with tools: public, internal, confidential, or untrusted, which anybody may have written; default unsaid",
    ),
};
