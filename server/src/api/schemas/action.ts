/** The history of actions. */
import { z } from "@hono/zod-openapi";
import {
  agentReasonWords,
  facts,
  loadedData,
  maskedPart,
  parameter,
  resultMasks,
  upstream,
} from "./content.ts";
import { logEntry } from "./log.ts";
import { digest, next, state, text, texts, time } from "./values.ts";

export const decisionKind = z.enum(["allow", "deny", "review"]);

const actionFields = {
  id: text,
  at: time,
  decision: decisionKind,
  headline: text.describe("What would happen, where, in a sentence made from facts"),
  verb: text.describe("The strongest of its verbs"),
  connection: text,
  environment: text,
  principal: z.object({ kind: text, name: text.describe("Empty where it was erased") }).readonly(),
  onBehalfOf: text.nullable(),
  command: text
    .nullable()
    .describe("In a list its first 1,000 characters at most; null where it was erased"),
  commandIsCut: z.boolean(),
  reviewId: text.nullable(),
  reviewState: state.nullable().describe("Of the review in which it was held, as it is now"),
  outcome: z
    .object({ type: text, detail: text.nullable(), rows: z.int().nullable() })
    .readonly()
    .nullable()
    .describe("What the log last says of its execution; null while nothing ran"),
};

export const actionSummary = z.object(actionFields).readonly().openapi("ActionSummary");

export const actionDetail = z
  .object({
    ...actionFields,
    digest,
    verbs: texts,
    agentReason: text.nullable().describe(agentReasonWords),
    upstream: upstream.nullable(),
    parameters: z.array(parameter).readonly(),
    masked: z
      .array(maskedPart)
      .readonly()
      .describe("The first 1,000 of the parts that are masked; none can be revealed here"),
    data: loadedData.nullable().describe("What a COPY FROM STDIN was held with; else null"),
    facts: facts.nullable(),
    cause: text.nullable().describe("Why it was denied; null where it was not"),
    reasons: z
      .array(
        z
          .object({ policy: text, text: text.describe("Empty where the words are not known") })
          .readonly(),
      )
      .readonly()
      .describe("The determining rules"),
    quorum: z.array(z.object({ group: text, needed: z.int() }).readonly()).readonly(),
    masks: resultMasks.describe("What was to be masked in what it returns"),
    policySet: z
      .object({
        digest: text.describe("Empty where no policy set could be asked"),
        inForce: z.boolean(),
      })
      .readonly(),
    records: z.array(logEntry).readonly().describe("Its first 200 records, ascending"),
  })
  .readonly()
  .openapi("ActionDetail");

export const actionPage = z
  .object({ items: z.array(actionSummary).readonly(), next })
  .readonly()
  .openapi("ActionPage");
