/** Reviews. */
import { z } from "@hono/zod-openapi";
import {
  agentReasonWords,
  facts,
  loadedData,
  maskedPart,
  parameter,
  resultMasks,
  sessionReads,
  toolFlags,
  upstream,
  view,
} from "./content.ts";
import { effect, openTransaction, touched } from "./effect.ts";
import { digest, next, state, text, texts, time, verdict } from "./values.ts";

const summaryFields = {
  id: text,
  actionId: text,
  headline: text.describe("What would happen, where, in a sentence made from facts"),
  state,
  voidedBy: z
    .enum(["policy", "rejection"])
    .nullable()
    .describe("What has voided it; `rejection`: a person has rejected how the tool is defined"),
  verb: text.describe("The strongest of the action's verbs"),
  connection: text,
  environment: text,
  principal: z.object({ kind: text, name: text }).readonly(),
  onBehalfOf: text.nullable(),
  command: text.describe(
    "As people may see it: literals that hold something sensitive are replaced",
  ),
  digest,
  reasons: z.array(z.object({ policy: text, text }).readonly()).readonly(),
  quorum: z
    .array(
      z
        .object({
          group: text,
          needed: z.int(),
          given: texts.describe("Names of the people whose approval fills a slot"),
        })
        .readonly(),
    )
    .readonly(),
  signs: z
    .array(
      z.enum([
        "may_leak",
        "tool_changed",
        "tool_hides_text",
        "tool_tells_model",
        "read_confidential",
        "read_untrusted",
      ]),
    )
    .readonly()
    .describe("Of a call, what a person has to see of it at a glance, the worst first"),
  openedAt: time,
  expiresAt: time,
};

export const reviewSummary = z.object(summaryFields).readonly().openapi("ReviewSummary");

const givenVerdict = z
  .object({
    kind: verdict,
    person: text,
    assurance: text,
    comment: text.nullable(),
    maxRows: z.int().nullable().describe("Approved for no more rows than this"),
    measuredRows: z
      .int()
      .nullable()
      .describe("What was measured when it was approved, and is its limit without a maxRows"),
    viewDigest: digest.nullable().describe("The view that it was given on"),
    revealed: texts.describe("Entities that its giver had revealed"),
    at: time,
    counts: z.boolean().describe("False for a verdict on an earlier revision"),
  })
  .readonly();

const givenOverride = z
  .object({
    person: text,
    comment: text,
    at: time,
    revision: z.int().describe("The revision that it made"),
    narrows: z
      .boolean()
      .describe("It provably does no more than what stood there, and was its editor's approval"),
  })
  .readonly();

const rowLimit = z
  .object({
    max: z.int(),
    by: z.enum(["rule", "reviewer", "measured"]),
    name: text.describe("The rule's id, or the approver's name"),
  })
  .readonly();

export const reviewDetail = z
  .object({
    ...summaryFields,
    version: z.int().describe("One more with each change"),
    verbs: texts,
    revision: z.int(),
    view: view.describe("What the caller is shown, and what a verdict of theirs names"),
    masked: z
      .array(maskedPart)
      .readonly()
      .describe(
        "The first 1,000 of the parts that are masked, in the order in which they are shown",
      ),
    maskedMore: z.int().describe("How many more there are"),
    agentReason: text.nullable().describe(agentReasonWords),
    upstream,
    parameters: z.array(parameter).readonly(),
    data: loadedData
      .nullable()
      .describe("What a COPY FROM STDIN would load; null where none comes with the command"),
    facts,
    flags: toolFlags.describe(
      "What in the definition of the tool that is called is there for a model and not for a person",
    ),
    reads: sessionReads
      .nullable()
      .describe("What the caller's session had read before; null of a statement"),
    effect: effect
      .nullable()
      .describe("No part of the digest; null where there is no such number, or none yet"),
    uncounted: text.nullable().describe("Why no limit of rows can be kept; null where one can"),
    rowLimit: rowLimit
      .nullable()
      .describe("How many rows it may touch, as far as rules and approvals say by now"),
    masks: resultMasks.describe("What its rules mask in what it returns"),
    mayPreview: z.boolean().describe("Whether its effect can be measured now"),
    touched: touched
      .nullable()
      .describe("What a read touches; null for what does not only read, and while it is not known"),
    assurance: text.describe("The least assurance of a verdict that counts"),
    policySet: digest,
    verdicts: z.array(givenVerdict).readonly(),
    overrides: z.array(givenOverride).readonly().describe("Edits by reviewers, oldest first"),
    asked: z
      .object({ command: text, parameters: z.array(parameter).readonly() })
      .readonly()
      .nullable()
      .describe("What the caller itself sent, once a reviewer has edited it; null before"),
    attached: z.boolean().describe("Whether a session waits for it right now"),
    transaction: openTransaction
      .nullable()
      .describe("In which it waits; null where it waits in none, or it is not known yet"),
    execution: z
      .object({ state: text, detail: text.nullable(), finishedAt: time.nullable() })
      .readonly()
      .nullable(),
    note: text.nullable(),
    decidedAt: time.nullable(),
    mayDecide: z
      .object({
        allowed: z.boolean(),
        reason: text.nullable(),
        refuse: z.boolean().describe("Whether they may at least deny it or ask for changes"),
      })
      .readonly()
      .describe("Whether the caller may decide on it now, and why not"),
  })
  .readonly()
  .openapi("ReviewDetail");

export const reviewPage = z
  .object({ items: z.array(reviewSummary).readonly(), next })
  .readonly()
  .openapi("ReviewPage");
