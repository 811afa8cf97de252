/**
 * The wire types of `sdk/src/wire.ts` as schemas: what requests are parsed with, and what the OpenAPI
 * document says. `server/test/api-document.test.ts` equates the two.
 *
 * Requests take no field that they do not know; answers may gain fields.
 */
import { z } from "@hono/zod-openapi";
import { effectBases } from "#/core/effect.ts";
import { healthStates } from "#/core/health.ts";
import { reviewStates, verdictKinds } from "#/core/review.ts";
import { overrideParametersMax } from "#/review/override.ts";
import { verdictRowsMax } from "#/review/verdict.ts";

const text = z.string();
const time = z.iso.datetime().describe("ISO-8601, UTC");
const digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/, "is not 64 characters of lower-case hex")
  .describe("Lower-case hex SHA-256");
const state = z.enum(reviewStates);
const verdict = z.enum(verdictKinds);
const texts = z.array(text).readonly();

const summaryFields = {
  id: text,
  actionId: text,
  headline: text.describe("What would happen, where, in a sentence made from facts"),
  state,
  verb: text.describe("The strongest of the action's verbs"),
  connection: text,
  environment: text,
  principal: z.object({ kind: text, name: text }).readonly(),
  onBehalfOf: text.nullable(),
  command: text,
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

const parameter = z
  .object({
    type: z.int().describe("The type's object id, 0 where the client left it open"),
    format: z.enum(["text", "binary"]),
    text: text.nullable().describe("Bytes that are no text as \\x and hex; null is SQL's NULL"),
  })
  .readonly();

const loadedData = z
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

const upstream = z.object({ endpoint: text, database: text, role: text }).readonly();

const facts = z
  .object({
    kinds: texts,
    reads: texts,
    writes: texts,
    functions: texts,
    filtered: z.boolean(),
    opaque: text.nullable(),
  })
  .readonly();

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

const effect = z
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

const touched = z
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

const openTransaction = z
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
    upstream,
    parameters: z.array(parameter).readonly(),
    data: loadedData
      .nullable()
      .describe("What a COPY FROM STDIN would load; null where none comes with the command"),
    facts,
    effect: effect
      .nullable()
      .describe("No part of the digest; null where there is no such number, or none yet"),
    uncounted: text.nullable().describe("Why no limit of rows can be kept; null where one can"),
    rowLimit: rowLimit
      .nullable()
      .describe("How many rows it may touch, as far as rules and approvals say by now"),
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

const next = text.nullable().describe("Where the next page begins; null at the end");

export const reviewPage = z
  .object({ items: z.array(reviewSummary).readonly(), next })
  .readonly()
  .openapi("ReviewPage");

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
  })
  .refine((given) => given.verdict === "approve" || given.maxRows === null, {
    path: ["maxRows"],
    message: "goes with an approval alone",
  })
  .readonly()
  .openapi("VerdictRequest");

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

const listener = z.object({ host: text, port: z.int() }).readonly();
const agentUrl = z.object({ name: text, url: text.nullable() }).readonly();

export const health = z
  .object({
    state: z.enum(healthStates),
    since: time.nullable().describe("Since when it has been so; null where nothing was heard yet"),
    heardAt: time.nullable().describe("When that was heard last, from a session or a test"),
    failure: z
      .object({ code: text, message: text })
      .readonly()
      .nullable()
      .describe("Of the last try, where that failed"),
    serverVersion: text.nullable().describe("As the server said it last"),
  })
  .readonly()
  .openapi("Health");

export const status = z
  .object({
    ready: z.boolean().describe("False while the gateway can't record"),
    degraded: text.nullable(),
    quickstart: z.boolean().describe("It runs on the bundled sample"),
    version: text,
    pid: z.int(),
    dataDir: text,
    console: z.object({ url: text, signIn: text.nullable() }).readonly(),
    listeners: z.record(text, listener).readonly(),
    connections: z
      .array(
        z
          .object({
            name: text,
            kind: text,
            environment: text,
            agents: z.array(agentUrl).readonly(),
            health: health.nullable().describe("Null for agents"),
          })
          .readonly(),
      )
      .readonly(),
    log: z.object({ size: z.int(), origin: text, key: text }).readonly(),
    caller: z
      .object({
        kind: z.enum(["person", "operator", "agent"]),
        name: text.nullable(),
        groups: texts,
        administrator: z.boolean(),
        signedInUntil: time.nullable().describe("Null for a credential that is no session"),
      })
      .readonly()
      .describe("Whoever asks; an operator has no name and decides nothing"),
  })
  .readonly()
  .openapi("Status");

export const logEntry = z
  .object({
    index: z.int(),
    type: text.nullable(),
    at: time.nullable(),
    actionId: text.nullable(),
    reviewId: text.nullable(),
    leafHash: text.describe("Lower-case hex, as stored beside the leaf"),
    leaf: z.record(text, z.unknown()).readonly().nullable(),
    bytes: text.describe("Base64 of the leaf exactly as it is hashed"),
  })
  .readonly()
  .openapi("LogEntry");

export const actionDetail = z
  .object({
    ...actionFields,
    digest,
    verbs: texts,
    upstream: upstream.nullable(),
    parameters: z.array(parameter).readonly(),
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

const pending = z.int().describe("Reviews that wait now, 100 at most");

export const connection = z
  .object({
    name: text,
    kind: text,
    environment: text,
    labels: z.record(text, text).readonly(),
    upstream,
    url: text.describe("A connection string; AGENT and TOKEN stand for an agent's own"),
    health,
    pending,
  })
  .readonly()
  .openapi("Connection");

export const connectionPage = z
  .object({ items: z.array(connection).readonly(), next })
  .readonly()
  .openapi("ConnectionPage");

export const agent = z
  .object({
    name: text,
    owner: text.nullable().describe("Who answers for it, and can never approve for it"),
    groups: texts,
    tokenSince: time.nullable(),
    token: text.nullable().describe("Of the quickstart's sample agent alone"),
    pending,
  })
  .readonly()
  .openapi("Agent");

export const agentPage = z
  .object({ items: z.array(agent).readonly(), next })
  .readonly()
  .openapi("AgentPage");

export const logPage = z
  .object({ items: z.array(logEntry).readonly(), next })
  .readonly()
  .openapi("LogPage");

export const createdAgent = z
  .object({
    name: text,
    token: text.describe("Shown once"),
    urls: z.array(z.object({ connection: text, url: text }).readonly()).readonly(),
  })
  .readonly()
  .openapi("CreatedAgent");

export const createdLink = z
  .object({ person: text, url: text, expiresAt: time })
  .readonly()
  .openapi("CreatedLink");

export const signInRequest = z
  .strictObject({ code: text.min(1).max(200).describe("What follows the # of a sign-in link") })
  .readonly()
  .openapi("SignInRequest");

export const signedIn = z
  .object({ person: text, token: text, expiresAt: time })
  .readonly()
  .openapi("SignedIn");

export const browserSession = z
  .object({ person: text, expiresAt: time.describe("At the latest") })
  .readonly()
  .openapi("BrowserSession");

export const problem = z
  .object({
    type: text,
    title: text,
    status: z.int(),
    detail: text,
    code: text.describe("Stable; docs/reference/errors.md lists them all"),
    problems: texts,
    errorId: text.nullable().describe("Finds an unexpected failure in the gateway's own log"),
  })
  .readonly()
  .openapi("Problem");
