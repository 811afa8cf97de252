/** What reviewers send, and what they hear. */
import { z } from "@hono/zod-openapi";
import { overrideParametersMax } from "#/review/override.ts";
import { verdictRowsMax } from "#/review/verdict.ts";
import { effect } from "./effect.ts";
import { digest, state, text, texts, verdict } from "./values.ts";

export const verdictRequest = z
  .strictObject({
    verdict,
    digest: digest.describe("The digest of the action that was judged"),
    comment: text.nullable().default(null).describe("Required unless the verdict is approve"),
    maxRows: z
      .int()
      .min(1)
      .max(verdictRowsMax)
      .nullable()
      .default(null)
      .describe(
        "Approve no more rows than this; null: as many as were measured, or as the rules allow",
      ),
    viewDigest: digest
      .nullable()
      .default(null)
      .describe("`view.digest` of the reading that was judged"),
  })
  .refine((given) => given.verdict === "approve" || given.maxRows === null, {
    path: ["maxRows"],
    message: "goes with an approval alone",
  })
  .readonly()
  .openapi("VerdictRequest");

export const revealRequest = z
  .strictObject({
    digest: digest.describe("The digest of the action that is meant"),
    field: text.min(1).max(100).describe("Of a masked part"),
  })
  .readonly()
  .openapi("RevealRequest");

export const revealAnswer = z
  .object({
    id: text,
    digest,
    field: text,
    entities: texts,
    text: text.describe("As it was sent: what stands in the place of the masked part"),
  })
  .readonly()
  .openapi("RevealAnswer");

const answerFields = { id: text, actionId: text, state, digest };

export const overrideRequest = z
  .strictObject({
    digest: digest.describe("The digest of the action that was edited"),
    command: text.min(1),
    parameters: z
      .array(text.nullable())
      .max(overrideParametersMax)
      .readonly()
      .nullable()
      .default(null)
      .describe(
        "As text; null in place of the list keeps those that wait, as far as they are used",
      ),
    comment: text.describe("Why, for the agent, the other reviewers and the record"),
  })
  .readonly()
  .openapi("OverrideRequest");

export const previewRequest = z
  .strictObject({ digest: digest.describe("The digest of the action that is meant") })
  .readonly()
  .openapi("PreviewRequest");

export const previewAnswer = z
  .object({ id: text, digest, effect: effect.nullable() })
  .readonly()
  .openapi("PreviewAnswer");

export const overrideAnswer = z
  .object({
    ...answerFields,
    counted: z
      .boolean()
      .describe(
        "The edit provably narrows, and so is its editor's approval; if not, others approve",
      ),
  })
  .readonly()
  .openapi("OverrideAnswer");

export const verdictAnswer = z.object(answerFields).readonly().openapi("VerdictAnswer");
