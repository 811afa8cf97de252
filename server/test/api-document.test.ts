/** The OpenAPI document, the wire types and what is really answered are the same. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import type { ActionDetail, ActionSummary } from "@countersign/sdk/wire/action";
import type { Agent, CreatedAgent } from "@countersign/sdk/wire/agent";
import type { Connection } from "@countersign/sdk/wire/connection";
import type { LogEntry } from "@countersign/sdk/wire/log";
import type { Page } from "@countersign/sdk/wire/page";
import type { Problem } from "@countersign/sdk/wire/problem";
import type { ReviewDetail, ReviewSummary } from "@countersign/sdk/wire/review";
import type { BrowserSession, CreatedLink, SignedIn } from "@countersign/sdk/wire/sign-in";
import type { Status } from "@countersign/sdk/wire/status";
import type {
  OverrideAnswer,
  OverrideRequest,
  PreviewAnswer,
  PreviewRequest,
  RevealAnswer,
  RevealRequest,
  VerdictAnswer,
  VerdictRequest,
} from "@countersign/sdk/wire/verdict";
import type { z } from "@hono/zod-openapi";
import { statusOfCode } from "#/api/problems.ts";
import * as actions from "#/api/schemas/action.ts";
import * as log from "#/api/schemas/log.ts";
import * as problems from "#/api/schemas/problem.ts";
import * as reviews from "#/api/schemas/review.ts";
import * as signIn from "#/api/schemas/sign-in.ts";
import * as gateway from "#/api/schemas/status.ts";
import * as verdicts from "#/api/schemas/verdict.ts";
import { errorCodes } from "#/core/errors.ts";
import { startTestApi, type TestApi } from "./support/api.ts";
import { type ApiDocument, assertDescribed, type SeenAnswer } from "./support/described-answers.ts";

/** Each pair is checked by the compiler: `true` is not assignable where the two differ. */
const equated: {
  readonly summary: Same<z.infer<typeof reviews.reviewSummary>, ReviewSummary>;
  readonly detail: Same<z.infer<typeof reviews.reviewDetail>, ReviewDetail>;
  readonly reviews: Same<z.infer<typeof reviews.reviewPage>, Page<ReviewSummary>>;
  readonly request: Same<z.infer<typeof verdicts.verdictRequest>, VerdictRequest>;
  readonly answer: Same<z.infer<typeof verdicts.verdictAnswer>, VerdictAnswer>;
  readonly override: Same<z.infer<typeof verdicts.overrideRequest>, OverrideRequest>;
  readonly overridden: Same<z.infer<typeof verdicts.overrideAnswer>, OverrideAnswer>;
  readonly preview: Same<z.infer<typeof verdicts.previewRequest>, PreviewRequest>;
  readonly previewed: Same<z.infer<typeof verdicts.previewAnswer>, PreviewAnswer>;
  readonly reveal: Same<z.infer<typeof verdicts.revealRequest>, RevealRequest>;
  readonly revealed: Same<z.infer<typeof verdicts.revealAnswer>, RevealAnswer>;
  readonly status: Same<z.infer<typeof gateway.status>, Status>;
  readonly entry: Same<z.infer<typeof log.logEntry>, LogEntry>;
  readonly entries: Same<z.infer<typeof log.logPage>, Page<LogEntry>>;
  readonly action: Same<z.infer<typeof actions.actionSummary>, ActionSummary>;
  readonly actionDetail: Same<z.infer<typeof actions.actionDetail>, ActionDetail>;
  readonly actions: Same<z.infer<typeof actions.actionPage>, Page<ActionSummary>>;
  readonly connection: Same<z.infer<typeof gateway.connection>, Connection>;
  readonly connections: Same<z.infer<typeof gateway.connectionPage>, Page<Connection>>;
  readonly declared: Same<z.infer<typeof gateway.agent>, Agent>;
  readonly agents: Same<z.infer<typeof gateway.agentPage>, Page<Agent>>;
  readonly agent: Same<z.infer<typeof signIn.createdAgent>, CreatedAgent>;
  readonly link: Same<z.infer<typeof signIn.createdLink>, CreatedLink>;
  readonly browser: Same<z.infer<typeof signIn.browserSession>, BrowserSession>;
  readonly signedIn: Same<z.infer<typeof signIn.signedIn>, SignedIn>;
  readonly problem: Same<z.infer<typeof problems.problem>, Problem>;
} = {
  summary: true,
  detail: true,
  reviews: true,
  request: true,
  answer: true,
  override: true,
  overridden: true,
  preview: true,
  previewed: true,
  reveal: true,
  revealed: true,
  status: true,
  entry: true,
  entries: true,
  action: true,
  actionDetail: true,
  actions: true,
  connection: true,
  connections: true,
  declared: true,
  agents: true,
  agent: true,
  link: true,
  browser: true,
  signedIn: true,
  problem: true,
};

type Same<A, B> =
  (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2 ? true : false;
type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Plain<T[Key]> }
    : T;

test("the comparison of types tells a missing field, an optional one and another type", () => {
  const compared: {
    readonly same: Same<{ a: readonly string[] }, { readonly a: string[] }>;
    readonly missing: Same<{ a: string; b: null }, { a: string }>;
    readonly optional: Same<{ a: string; b?: null }, { a: string }>;
    readonly nested: Same<{ a: { b: string } }, { a: { b: string | null } }>;
  } = { same: true, missing: false, optional: false, nested: false };
  assert.equal(Object.keys(compared).length, 4);
  assert.ok(Object.values(equated).every(Boolean));
});

test("what is answered is what the schemas say, field by field", async (context) => {
  const api = await started(context);
  const token = await api.signIn("root");
  const dana = await api.signIn("dana");
  const { id, digest, action } = await api.hold();
  const body = { verdict: "deny", digest, comment: "no" };
  const code = await api.linkFor("sam");
  const forBrowser = await api.linkFor("sam");
  const answers: readonly (readonly [z.ZodType, Promise<{ json: unknown; status: number }>])[] = [
    [verdicts.verdictAnswer, api.request("POST", `/reviews/${id}/verdicts`, { token: dana, body })],
    [reviews.reviewDetail, api.request("GET", `/reviews/${id}`, { token })],
    [reviews.reviewPage, api.request("GET", "/reviews", { token })],
    [gateway.status, api.request("GET", "/status", { token })],
    [log.logPage, api.request("GET", "/log/records", { token })],
    [actions.actionPage, api.request("GET", "/actions", { token })],
    [actions.actionDetail, api.request("GET", `/actions/${action.id}`, { token })],
    [gateway.connectionPage, api.request("GET", "/connections", { token })],
    [gateway.connection, api.request("GET", "/connections/shop", { token })],
    [gateway.agentPage, api.request("GET", "/agents", { token })],
    [gateway.agent, api.request("GET", "/agents/importer", { token })],
    [signIn.createdAgent, api.request("POST", "/agents/reporter/token", { token })],
    [signIn.createdLink, api.request("POST", "/people/dana/links", { token })],
    [signIn.signedIn, api.request("POST", "/sign-in", { body: { code } })],
    [signIn.browserSession, api.request("POST", "/session", { body: { code: forBrowser } })],
    [problems.problem, api.request("GET", `/actions/${action.id}x/proof`, { token })],
  ];
  for (const [schema, asked] of answers) {
    const { json, status } = await asked;
    assert.ok(status < 300 || schema === problems.problem, JSON.stringify(json));
    // Parsing drops what the schema does not know.
    assert.deepEqual(schema.parse(json), json);
  }
});

test("an answer that is not as described is found: field, type, status, content, route", async (context) => {
  const api = await started(context);
  const token = await api.signIn("root");
  const read = async (path: string) => (await api.request("GET", path, { token })).json;
  const document = (await read("/openapi.json")) as ApiDocument;
  const agent = (await read("/agents/importer")) as Agent;
  const seen: SeenAnswer = {
    method: "GET",
    path: "/agents/importer?x=1",
    status: 200,
    contentType: "application/json; charset=utf-8",
    text: JSON.stringify(agent),
  };
  const problem = { ...seen, status: 404, contentType: "application/problem+json" };
  const { owner: _, ...ownerless } = agent;
  assertDescribed(document, seen);
  for (const [why, answer] of Object.entries({
    "an undescribed field": { ...seen, text: JSON.stringify({ ...agent, secret: 1 }) },
    "a missing field": { ...seen, text: JSON.stringify(ownerless) },
    "null where there is none": { ...seen, text: JSON.stringify({ ...agent, name: null }) },
    "another type": { ...seen, text: JSON.stringify({ ...agent, pending: 1.5 }) },
    "a time of another form": { ...seen, text: JSON.stringify({ ...agent, tokenSince: "now" }) },
    "a field inside a list": {
      ...seen,
      path: "/agents",
      text: JSON.stringify({ items: [{ ...agent, secret: 1 }], next: null }),
    },
    "another status": { ...seen, status: 202 },
    "another content": { ...seen, contentType: "text/html" },
    "another failure": { ...problem, text: "{}" },
    "a route that is not described": { ...seen, path: "/secrets" },
    "a method that is not described": { ...seen, method: "PUT" },
    "another route's answer": { ...seen, path: "/connections/shop" },
  })) {
    assert.throws(() => assertDescribed(document, answer), assert.AssertionError, why);
  }
  const unjudged = { type: "object", dependentRequired: {} };
  const { schemas: known } = document.components;
  const extended = { ...document, components: { schemas: { ...known, Agent: unjudged } } };
  assert.throws(() => assertDescribed(extended, seen), /dependentRequired can't be judged/);
});

test("the document is OpenAPI 3.1, and says of each route who may call it", async (context) => {
  const api = await started(context);
  const { json } = await api.request("GET", "/openapi.json");
  const document = json as {
    openapi: string;
    servers: readonly { url: string }[];
    components: { securitySchemes: object };
    paths: Record<string, Record<string, Operation>>;
  };
  assert.equal(document.openapi, "3.1.0");
  assert.deepEqual(document.servers, [{ url: "/api/v1" }]);
  assert.deepEqual(document.components.securitySchemes, {
    bearer: { type: "http", scheme: "bearer" },
    cookie: {
      type: "apiKey",
      in: "cookie",
      name: "__Host-countersign",
      description: "A browser's session; `countersign` where the gateway is reached over HTTP",
    },
  });
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length);
  for (const operation of operations) {
    const isPublic = operation["x-access"] === "public";
    const security = isPublic ? [] : [{ bearer: [] }, { cookie: [] }];
    assert.deepEqual(operation.security, security, operation.operationId);
    assert.deepEqual(operation.responses["default"]?.content, {
      "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
    });
  }
});

test("every list comes in pages, and a page has a limit that can't be lifted", async (context) => {
  const api = await started(context);
  const { json } = await api.request("GET", "/openapi.json");
  const { paths } = json as { paths: Record<string, Record<string, Operation>> };
  const lists = Object.values(paths)
    .flatMap((path) => Object.values(path))
    .filter(({ operationId }) => operationId.startsWith("list"));
  assert.ok(lists.length >= 5);
  for (const { operationId, responses, parameters = [] } of lists) {
    const limit = parameters.find(({ name }) => name === "limit");
    assert.ok((limit?.schema.maximum ?? Infinity) <= 500, operationId);
    assert.match(JSON.stringify(responses["200"]?.content), /Page"/, operationId);
  }
  // What answers a page is named as a list, so that none is overlooked above.
  const pages = Object.values(paths)
    .flatMap((path) => Object.values(path))
    .filter(({ responses }) => /Page"|"type":"array"/.test(JSON.stringify(responses["200"] ?? "")));
  assert.deepEqual(pages, lists);
});

test("docs/reference/api.md lists every route with who may call it, and no other", async (context) => {
  const api = await started(context);
  const { json } = await api.request("GET", "/openapi.json");
  const { paths } = json as { paths: Record<string, Record<string, Operation>> };
  const routes = Object.entries(paths).flatMap(([route, operations]) =>
    Object.entries(operations).map(
      ([method, operation]) => `${method.toUpperCase()} ${route} ${operation["x-access"]}`,
    ),
  );
  const page = readFileSync(new URL("../../docs/reference/api.md", import.meta.url), "utf8");
  const listed = [...page.matchAll(/^\| `([A-Z]+ [^`]+)` \| (\w+) \|/gm)];
  assert.deepEqual(
    listed.map(([, route, access]) => `${route} ${access}`).toSorted(),
    routes.toSorted(),
  );
});

test("every code of the API, of identity and of reviews has a status", () => {
  const missing = Object.keys(errorCodes)
    .filter((code) => /^(api|identity|review)\./.test(code))
    .filter((code) => !(code in statusOfCode));
  assert.deepEqual(missing, []);
});

interface Operation {
  readonly operationId: string;
  readonly "x-access": string;
  readonly security: unknown;
  readonly responses: Readonly<Record<string, { readonly content: unknown }>>;
  readonly parameters?: readonly {
    readonly name: string;
    readonly schema: { readonly maximum?: number };
  }[];
}

async function started(context: TestContext): Promise<TestApi> {
  const api = await startTestApi();
  context.after(api.close);
  return api;
}
