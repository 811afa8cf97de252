import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import type { CreatedLink, SignedIn } from "@countersign/sdk/wire/sign-in";
import { attemptsMax, attemptsWindowMs } from "#/api/attempts.ts";
import { linkLifeMs } from "#/identity/sign-in.ts";
import { type Answer, sessionMaxMs, startTestApi, type TestApi } from "./support/api.ts";

/** All that an agent's token opens. Signing in and the document take no credential at all. */
const openToAll = ["GET /openapi.json", "POST /session", "POST /sign-in"];
const openToAgents = ["GET /status", ...openToAll];

test("an agent's token is refused on every route but the few that are listed", async (context) => {
  const api = await started(context);
  const review = await api.hold();
  const token = await api.agentToken("importer");
  const before = await logSize(api);
  const open: string[] = [];
  for (const { name, send } of await routesOf(api, review.id, review.digest)) {
    const answer = await send(token);
    if (codeOf(answer) === "identity.forbidden" && answer.status === 403) continue;
    open.push(name);
  }
  assert.deepEqual(open.toSorted(), openToAgents.toSorted());
  assert.deepEqual(await api.deps.store.review(review.id), review, "and nothing has happened");
  assert.equal(await logSize(api), before);
});

test("without a credential, or with one that is not valid, nothing but sign-in answers", async (context) => {
  const api = await started(context);
  const review = await api.hold();
  for (const token of [undefined, "csa_guess", "css_guess", "cso_guess", "csl_guess", "guess"]) {
    const open: string[] = [];
    for (const { name, send } of await routesOf(api, review.id, review.digest)) {
      const answer = await send(token);
      if (answer.status === 401 || answer.status === 429) continue;
      open.push(name);
    }
    assert.deepEqual(open.toSorted(), openToAll.toSorted(), String(token));
  }
});

test("the enumeration of routes is that of the document, and has the routes that matter", async (context) => {
  const api = await started(context);
  const names = (await routesOf(api, "rev_1", "")).map(({ name }) => name);
  assert.deepEqual(names.toSorted(), [
    "DELETE /session",
    "GET /actions",
    "GET /actions/{id}",
    "GET /actions/{id}/proof",
    "GET /agents",
    "GET /agents/{name}",
    "GET /connections",
    "GET /connections/{name}",
    "GET /connections/{name}/tool",
    "GET /connections/{name}/tools",
    "GET /events",
    "GET /log/checkpoint",
    "GET /log/records",
    "GET /openapi.json",
    "GET /reviews",
    "GET /reviews/{id}",
    "GET /status",
    "POST /agents/{name}/token",
    "POST /connections/{name}/accept-tool",
    "POST /connections/{name}/reject-tool",
    "POST /connections/{name}/test",
    "POST /people/{name}/links",
    "POST /reviews/{id}/override",
    "POST /reviews/{id}/preview",
    "POST /reviews/{id}/reveal",
    "POST /reviews/{id}/verdicts",
    "POST /session",
    "POST /sign-in",
  ]);
});

test("an agent sees no credential in the status, and no other agent", async (context) => {
  const api = await started(context);
  const token = await api.agentToken("importer");
  const { status, text, json } = await api.request("GET", "/status", { token });
  assert.equal(status, 200);
  assert.doesNotMatch(text, /csa_|csl_|reporter/);
  const { connections } = json as { connections: { agents: unknown }[] };
  assert.deepEqual(connections[0]?.agents, [{ name: "importer", url: null, token: null }]);
  const person = await api.request("GET", "/status", { token: await api.signIn("dana") });
  assert.match(person.text, /csa_shown.*reporter/);
});

test("the data folder's credential administers, and can't decide", async (context) => {
  const api = await started(context);
  const { id, digest } = await api.hold();
  const token = api.operator;
  assert.equal((await api.request("GET", `/reviews/${id}`, { token })).status, 200);
  assert.equal((await api.request("POST", "/people/dana/links", { token })).status, 201);
  const body = { verdict: "approve", digest };
  const answer = await api.request("POST", `/reviews/${id}/verdicts`, { token, body });
  assert.equal(answer.status, 403);
  assert.equal(codeOf(answer), "identity.forbidden");
  assert.match(answer.text, /countersign person link NAME/);
});

test("in the quickstart the data folder's credential votes, with the weakest assurance", async (context) => {
  const api = await started(context, { demoPerson: "dana" });
  const token = api.operator;
  const body = (digest: string) => ({ verdict: "approve", digest });
  const strict = await api.hold({ assurance: "session" });
  const refused = await api.request("POST", `/reviews/${strict.id}/verdicts`, {
    token,
    body: body(strict.digest),
  });
  assert.equal(refused.status, 403);
  assert.equal(codeOf(refused), "review.insufficient_assurance");
  const lax = await api.hold();
  const given = await api.request("POST", `/reviews/${lax.id}/verdicts`, {
    token,
    body: body(lax.digest),
  });
  assert.equal(given.status, 200);
  const { json } = await api.request("GET", `/reviews/${lax.id}`, { token });
  const [verdict] = (json as { verdicts: { person: string; assurance: string }[] }).verdicts;
  assert.deepEqual([verdict?.person, verdict?.assurance], ["dana", "local-demo"]);
});

test("a person who is no administrator makes no links and no tokens", async (context) => {
  const api = await started(context);
  const token = await api.signIn("dana");
  const before = await logSize(api);
  for (const route of ["/people/dana/links", "/people/root/links", "/agents/importer/token"]) {
    const answer = await api.request("POST", route, { token });
    assert.deepEqual([answer.status, codeOf(answer)], [403, "identity.forbidden"], route);
  }
  assert.equal(await logSize(api), before);
});

test("who can't decide in their own name can't in a colleague's, by a link of their own", async (context) => {
  const api = await started(context);
  const root = api.deps.authentication.people.byName("root");
  assert(root !== null);
  const token = await api.signIn("root");
  const made = await api.request("POST", "/people/dana/links", { token });
  const code = (made.json as CreatedLink).url.split("#")[1];
  const signedIn = await api.request("POST", "/sign-in", { body: { code } });
  const dana = (signedIn.json as SignedIn).token;

  const tied = await api.hold();
  const { principal } = tied.action;
  const answers = { ...principal, people: [root.id] };
  const review = await api.hold({ command: "delete from orders", action: { principal: answers } });
  const body = { verdict: "approve", digest: review.digest, comment: null };
  const path = `/reviews/${review.id}`;
  const { json } = await api.request("GET", path, { token: dana });
  const { mayDecide } = json as ReviewDetail;
  assert.equal(mayDecide.allowed, false);
  assert.match(
    mayDecide.reason ?? "",
    /^dana signed in by a link of root, who can't decide on this/,
  );
  const refused = await api.request("POST", `${path}/verdicts`, { token: dana, body });
  assert.equal(codeOf(refused), "review.requester");

  const own = await api.signIn("dana");
  const approved = await api.request("POST", `${path}/verdicts`, { token: own, body });
  assert.equal(approved.status, 200, "by a link that nobody who is tied to the action has made");
  const other = { ...body, digest: tied.digest };
  const elsewhere = await api.request("POST", `/reviews/${tied.id}/verdicts`, {
    token: dana,
    body: other,
  });
  assert.equal(elsewhere.status, 200, "on what its maker is not tied to, a link is as good as any");
});

test("an administrator in no group that is asked has no vote", async (context) => {
  const api = await started(context);
  const { id, digest } = await api.hold();
  const token = await api.signIn("root");
  const body = { verdict: "approve", digest };
  const answer = await api.request("POST", `/reviews/${id}/verdicts`, { token, body });
  assert.deepEqual([answer.status, codeOf(answer)], [403, "review.not_eligible"]);
});

test("a new token of an agent works once it is made, and the earlier one no more", async (context) => {
  const api = await started(context);
  const token = await api.signIn("root");
  const first = await api.request("POST", "/agents/importer/token", { token });
  const second = await api.request("POST", "/agents/importer/token", { token });
  assert.deepEqual([first.status, second.status], [201, 201]);
  const [old, fresh] = [first, second].map(({ json }) => (json as { token: string }).token);
  assert.match(second.text, new RegExp(`postgres://importer:${fresh}@`));
  assert.equal((await api.request("GET", "/status", { token: old ?? "" })).status, 401);
  assert.equal((await api.request("GET", "/status", { token: fresh ?? "" })).status, 200);
  const unknown = await api.request("POST", "/agents/nobody/token", { token });
  assert.deepEqual([unknown.status, codeOf(unknown)], [404, "identity.unknown_agent"]);
});

test("a sign-in link works once, and not for long", async (context) => {
  const api = await started(context);
  const made = await api.request("POST", "/people/dana/links", { token: await api.signIn("root") });
  const { url, person } = made.json as { url: string; person: string };
  assert.equal(person, "dana");
  assert.ok(url.startsWith(`${api.url}/sign-in#csl_`));
  const body = { code: url.split("#")[1] };
  const first = await api.request("POST", "/sign-in", { body });
  assert.equal(first.status, 200);
  const { token } = first.json as { token: string };
  assert.equal((await api.request("GET", "/reviews", { token })).status, 200);

  const second = await api.request("POST", "/sign-in", { body });
  assert.deepEqual([second.status, codeOf(second)], [410, "identity.link_used"]);
  const late = { code: await api.linkFor("dana") };
  api.clock.advance(linkLifeMs);
  const expired = await api.request("POST", "/sign-in", { body: late });
  assert.deepEqual([expired.status, codeOf(expired)], [410, "identity.link_expired"]);
  const guess = await api.request("POST", "/sign-in", { body: { code: "csl_guess" } });
  assert.deepEqual([guess.status, codeOf(guess)], [401, "api.unauthenticated"]);
});

test("a session ends after its time", async (context) => {
  const api = await started(context);
  const token = await api.signIn("dana");
  api.clock.advance(sessionMaxMs - 1);
  assert.equal((await api.request("GET", "/reviews", { token })).status, 200);
  api.clock.advance(1);
  assert.equal((await api.request("GET", "/reviews", { token })).status, 401);
});

test("who fails too often is told to stop, and keeps nobody out who has a credential", async (context) => {
  const api = await started(context);
  const person = await api.signIn("dana");
  const guess = () => api.request("GET", "/status", { token: "css_guess" });
  for (let count = 1; count < attemptsMax; count += 1) assert.equal((await guess()).status, 401);
  const stopped = await guess();
  assert.deepEqual([stopped.status, codeOf(stopped)], [429, "api.too_many_attempts"]);
  assert.equal(stopped.headers.get("retry-after"), "60");
  assert.equal((await api.request("GET", "/status", { token: person })).status, 200);
  const body = { code: await api.linkFor("sam") };
  assert.equal((await api.request("POST", "/sign-in", { body })).status, 200);
  api.clock.advance(attemptsWindowMs);
  assert.equal((await guess()).status, 401);
});

test("a used link can't be used to fill the log", async (context) => {
  const api = await started(context);
  const body = { code: await api.linkFor("dana") };
  assert.equal((await api.request("POST", "/sign-in", { body })).status, 200);
  const before = await logSize(api);
  const answers: number[] = [];
  for (let count = 0; count < 3 * attemptsMax; count += 1) {
    answers.push((await api.request("POST", "/sign-in", { body })).status);
  }
  assert.equal(answers.filter((status) => status === 410).length, attemptsMax);
  assert.equal(answers.filter((status) => status === 429).length, 2 * attemptsMax);
  assert.equal((await logSize(api)) - before, attemptsMax);
});

async function started(
  context: TestContext,
  options?: Parameters<typeof startTestApi>[0],
): Promise<TestApi> {
  const api = await startTestApi(options);
  context.after(api.close);
  return api;
}

interface Route {
  readonly name: string;
  readonly send: (token: string | undefined) => Promise<Answer>;
}

/** Every route of the OpenAPI document, with what would make each of them do its work. */
async function routesOf(api: TestApi, review: string, digest: string): Promise<readonly Route[]> {
  const { json } = await api.request("GET", "/openapi.json");
  const { paths } = json as {
    paths: Record<string, Record<string, { requestBody?: unknown }>>;
  };
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([verb, { requestBody }]) => {
      const method = verb.toUpperCase();
      const id = path.startsWith("/actions") ? "act_1" : review;
      const name = path.startsWith("/people") ? "dana" : "importer";
      const to = path.replace("{id}", id).replace("{name}", name);
      const isSignIn = method === "POST" && (path === "/sign-in" || path === "/session");
      const body = isSignIn ? { code: "csl_guess" } : { verdict: "approve", digest };
      const send = async (token: string | undefined) =>
        api.request(method, to, {
          ...(token === undefined ? {} : { token }),
          ...(requestBody === undefined ? {} : { body }),
        });
      // Without a valid link nobody gets anything at sign-in; that it speaks to the caller is meant.
      const sendAndJudge = async (token: string | undefined) => {
        const answer = await send(token);
        return isSignIn ? { ...answer, status: 200 } : answer;
      };
      return { name: `${method} ${path}`, send: sendAndJudge };
    }),
  );
}

function codeOf({ json }: Answer): unknown {
  return (json as { code?: unknown } | null)?.code;
}

async function logSize(api: TestApi): Promise<number> {
  return (await api.deps.store.logHead()).size;
}
