/** Browsers' sessions, over real sockets: what the cookie is, whom it lets in, and how it ends. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { attemptsMax } from "#/api/attempts.ts";
import type { People } from "#/identity/people.ts";
import { touchEveryMs } from "#/identity/sessions.ts";
import { linkLifeMs } from "#/identity/sign-in.ts";
import { tokenHash } from "#/identity/tokens.ts";
import type { SignInSession } from "#/store/stored.ts";
import {
  type Answer,
  type RequestOptions,
  sessionIdleMs,
  sessionMaxMs,
  startTestApi,
  type TestApi,
} from "./support/api.ts";

test("a link turns into a session in a cookie that no script reads, and the body holds no token", async (context) => {
  const api = await started(context);
  const opened = await open(api, await api.linkFor("dana"));
  assert.equal(opened.status, 201);
  assert.deepEqual(Object.keys(opened.json as object).toSorted(), ["expiresAt", "person"]);
  assert.doesNotMatch(opened.text, /cs[a-z]_/);
  const cookie = opened.headers.get("set-cookie") ?? "";
  assert.match(
    cookie,
    /^countersign=csb_[\w-]{43}; Path=\/; Max-Age=28800; HttpOnly; SameSite=Strict$/,
  );
  const status = await asBrowser(api, "GET", "/status", cookieOf(opened));
  const { caller } = status.json as { caller: Record<string, unknown> };
  assert.deepEqual([caller["name"], caller["kind"]], ["dana", "person"]);
  assert.equal(caller["signedInUntil"], (opened.json as { expiresAt: string }).expiresAt);
  const { hash } = (await storedSession(api, cookieOf(opened))) ?? {};
  assert.match(hash ?? "", /^[0-9a-f]{64}$/);
});

test("over HTTPS the cookie is bound to the host and to HTTPS, and no other name is read", async (context) => {
  const api = await started(context, { publicUrl: "https://gateway.example" });
  const opened = await open(api, await api.linkFor("dana"));
  assert.match(
    opened.headers.get("set-cookie") ?? "",
    /^__Host-countersign=csb_[\w-]{43}; Path=\/; Max-Age=28800; HttpOnly; SameSite=Strict; Secure$/,
  );
  const [, value] = cookieOf(opened).split("=");
  assert.equal((await asBrowser(api, "GET", "/status", `__Host-countersign=${value}`)).status, 200);
  assert.equal((await asBrowser(api, "GET", "/status", `countersign=${value}`)).status, 401);
});

test("a link opens one session, of many browsers at once, and none twice", async (context) => {
  const api = await started(context);
  const code = await api.linkFor("dana");
  const answers = await Promise.all(Array.from({ length: 10 }, () => open(api, code)));
  const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
  assert.deepEqual(statuses, [201, ...Array.from({ length: 9 }, () => 410)]);
  assert.equal(answers.filter(({ headers }) => headers.has("set-cookie")).length, 1);
  const late = await api.linkFor("dana");
  api.clock.advance(linkLifeMs);
  const expired = await open(api, late);
  assert.deepEqual([expired.status, codeOf(expired)], [410, "identity.link_expired"]);
});

test("who guesses links is told to stop", async (context) => {
  const api = await started(context);
  const statuses: number[] = [];
  for (let count = 0; count < attemptsMax; count += 1) {
    statuses.push((await open(api, "csl_guess")).status);
  }
  assert.deepEqual([statuses[0], statuses.at(-1)], [401, 429]);
  assert.equal((await open(api, await api.linkFor("dana"))).status, 201);
});

test("a cookie carries a browser's session and nothing else, and a header no browser's session", async (context) => {
  const api = await started(context);
  const tokens = [
    await api.agentToken("importer"),
    await api.signIn("dana"),
    api.operator,
    await api.linkFor("dana"),
    "csb_guess",
    "",
  ];
  for (const token of tokens) {
    const answer = await asBrowser(api, "GET", "/status", `countersign=${token}`);
    assert.equal(answer.status, 401, token.slice(0, 4));
  }
  const [, token = ""] = cookieOf(await open(api, await api.linkFor("dana"))).split("=");
  assert.equal((await api.request("GET", "/status", { token })).status, 401);
});

test("with a header and a cookie the header counts, with its rules", async (context) => {
  const api = await started(context);
  const cookie = await signedIn(api, "root");
  const agent = await api.agentToken("importer");
  const refused = await api.request("GET", "/reviews", { token: agent, headers: { cookie } });
  assert.equal(codeOf(refused), "identity.forbidden");
  const bad = await asBrowser(api, "GET", "/reviews", cookie, {
    authorization: "Basic Zm9vOmJhcg==",
  });
  assert.equal(bad.status, 401);
  const token = await api.signIn("root");
  const made = await api.request("POST", "/people/dana/links", { token, headers: { cookie } });
  assert.equal(made.status, 201, "and needs no origin");
});

test("two cookies of the name let nobody in, because one is somebody else's", async (context) => {
  const api = await started(context);
  const own = await signedIn(api, "dana");
  const other = await signedIn(api, "sam");
  for (const cookie of [`${own}; ${other}`, `${other}; ${own}`, `${own}; ${own}`]) {
    const answer = await asBrowser(api, "GET", "/status", cookie);
    assert.deepEqual([answer.status, codeOf(answer)], [401, "api.unauthenticated"]);
  }
  assert.equal((await asBrowser(api, "GET", "/status", `x=1; ${own};theme=dark`)).status, 200);
});

test("with a cookie nothing changes unless the gateway's own page asks for it", async (context) => {
  const api = await started(context);
  const cookie = await signedIn(api, "dana");
  const { id, digest } = await api.hold();
  const body = { verdict: "approve", digest };
  const before = await logSize(api);
  const foreign: readonly Readonly<Record<string, string>>[] = [
    {},
    { origin: "http://127.0.0.1:9999" },
    { origin: "null" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "none" },
    { origin: api.url, "sec-fetch-site": "cross-site" },
  ];
  for (const headers of foreign) {
    for (const [method, path] of [
      ["POST", `/reviews/${id}/verdicts`],
      ["DELETE", "/session"],
    ] as const) {
      const options = method === "POST" ? { body } : {};
      const answer = await api.request(method, path, {
        ...options,
        headers: { cookie, ...headers },
      });
      assert.deepEqual([answer.status, codeOf(answer)], [403, "api.origin_refused"]);
    }
  }
  assert.equal(await logSize(api), before, "and nothing has happened");
  const port = new URL(api.url).port;
  // `fetch` sends the host that it connects to; a browser at localhost sends that.
  const local = await fetch(`http://localhost:${port}/api/v1/reviews/${id}/verdicts`, {
    method: "POST",
    headers: {
      cookie,
      origin: `http://localhost:${port}`,
      "content-type": "application/json",
    },
    body: JSON.stringify(body),
  });
  assert.equal(local.status, 200);
});

test("a page elsewhere on the machine does not even read with the cookie", async (context) => {
  const api = await started(context);
  const cookie = await signedIn(api, "dana");
  for (const site of ["same-site", "cross-site"]) {
    const answer = await asBrowser(api, "GET", "/events", cookie, { "sec-fetch-site": site });
    assert.equal(codeOf(answer), "api.origin_refused", site);
  }
});

test("signing in anew ends the browser's session before, and keeps to a token of its own", async (context) => {
  const api = await started(context);
  const first = await signedIn(api, "dana");
  const second = await open(api, await api.linkFor("sam"), { cookie: first });
  assert.equal(second.status, 201);
  assert.notEqual(cookieOf(second), first);
  assert.equal((await asBrowser(api, "GET", "/status", first)).status, 401);
  const planted = `countersign=csb_${"A".repeat(43)}`;
  const third = await open(api, await api.linkFor("dana"), { cookie: planted });
  assert.notEqual(cookieOf(third), planted);
  assert.equal((await asBrowser(api, "GET", "/status", planted)).status, 401);
});

test("signing out ends a session for good, in a cookie or in a header, with one record", async (context) => {
  const api = await started(context);
  const cookie = await signedIn(api, "dana");
  const before = await logSize(api);
  const ended = await asBrowser(api, "DELETE", "/session", cookie);
  assert.equal(ended.status, 204, api.lines.join());
  assert.match(ended.headers.get("set-cookie") ?? "", /^countersign=; Path=\/; Max-Age=0;/);
  assert.equal((await asBrowser(api, "GET", "/status", cookie)).status, 401);
  assert.equal((await asBrowser(api, "DELETE", "/session", cookie)).status, 401);
  assert.equal(await storedSession(api, cookie), null);
  const token = await api.signIn("sam");
  assert.equal((await api.request("DELETE", "/session", { token })).status, 204);
  assert.equal((await api.request("GET", "/status", { token })).status, 401);
  const records = await api.deps.store.records(before, 10);
  const types = records.map(
    ({ leaf }) => (JSON.parse(Buffer.from(leaf).toString()) as { type: string }).type,
  );
  assert.equal(types.filter((type) => type === "sign_in.ended").length, 2);
  const operator = await api.request("DELETE", "/session", { token: api.operator });
  assert.deepEqual([operator.status, codeOf(operator)], [403, "identity.forbidden"]);
});

test("a browser's session ends when nobody uses it, and what asks by itself is no use", async (context) => {
  const api = await started(context);
  const used = await signedIn(api, "dana");
  const left = await signedIn(api, "sam");
  const background = { "countersign-background": "1" };
  for (let passed = 0; passed < 2 * sessionIdleMs; passed += sessionIdleMs / 3) {
    assert.equal((await asBrowser(api, "GET", "/status", used)).status, 200);
    const asked = await asBrowser(api, "GET", "/status", left, background);
    assert.equal(asked.status, passed < sessionIdleMs ? 200 : 401);
    api.clock.advance(sessionIdleMs / 3);
  }
  assert.equal((await asBrowser(api, "GET", "/status", left)).status, 401);
  api.clock.advance(sessionIdleMs);
  assert.equal((await asBrowser(api, "GET", "/status", used)).status, 401);
});

test("use can't keep a session beyond its absolute limit", async (context) => {
  const api = await started(context);
  const cookie = await signedIn(api, "dana");
  const step = sessionIdleMs / 2;
  for (let passed = 0; passed < sessionMaxMs; passed += step) {
    assert.equal((await asBrowser(api, "GET", "/status", cookie)).status, 200, String(passed));
    api.clock.advance(step);
  }
  assert.equal((await asBrowser(api, "GET", "/status", cookie)).status, 401);
});

test("use is written down once a minute at most, without a record; a command line's not at all", async (context) => {
  let touches = 0;
  const api = await started(context, {
    store: (store) => ({
      ...store,
      touchSignInSession(...args) {
        touches += 1;
        return store.touchSignInSession(...args);
      },
    }),
  });
  const cookie = await signedIn(api, "dana");
  const token = await api.signIn("sam");
  const before = await logSize(api);
  for (let second = 0; second <= 130; second += 10) {
    await asBrowser(api, "GET", "/status", cookie);
    await api.request("GET", "/status", { token });
    api.clock.advance(10_000);
  }
  assert.equal(touches, Math.floor(130_000 / touchEveryMs));
  assert.equal(await logSize(api), before);
});

test("a store that takes no more writes does not sign anybody out", async (context) => {
  const api = await started(context, {
    store: (store) => ({
      ...store,
      touchSignInSession: () => Promise.reject(new Error("the disk is full")),
    }),
  });
  const cookie = await signedIn(api, "dana");
  api.clock.advance(touchEveryMs);
  assert.equal((await asBrowser(api, "GET", "/status", cookie)).status, 200);
});

test("whoever is no longer among the people is signed out, and can't redeem a link", async (context) => {
  const gone = new Set<string>();
  const api = await started(context, {
    people: (people): People => ({
      ...people,
      byId: (id) => (gone.has(people.byId(id)?.name ?? "") ? null : people.byId(id)),
    }),
  });
  const cookie = await signedIn(api, "dana");
  const code = await api.linkFor("dana");
  gone.add("dana");
  assert.equal((await asBrowser(api, "GET", "/status", cookie)).status, 401);
  assert.equal((await open(api, code)).status, 401);
});

test("in the quickstart a session of a link votes, as weakly as the folder that the link came from", async (context) => {
  const api = await started(context, { demoPerson: "dana" });
  const cookie = await signedIn(api, "dana");
  const vote = async (held: Awaited<ReturnType<TestApi["hold"]>>) =>
    asBrowser(api, "POST", `/reviews/${held.id}/verdicts`, cookie, {
      body: { verdict: "approve", digest: held.digest },
    });
  assert.equal((await vote(await api.hold())).status, 200);
  const strict = await vote(await api.hold({ assurance: "session" }));
  assert.equal(codeOf(strict), "review.insufficient_assurance");
});

test("elsewhere a link's session is worth a session, and what the quickstart gave out nothing", async (context) => {
  const api = await started(context);
  const cookie = await signedIn(api, "dana");
  const { id, digest } = await api.hold({ assurance: "session" });
  const body = { verdict: "approve", digest };
  const given = await asBrowser(api, "POST", `/reviews/${id}/verdicts`, cookie, { body });
  assert.equal(given.status, 200);

  const demo = await started(context, { demoPerson: "dana" });
  const link = await demo.linkFor("dana");
  const left = await signedIn(demo, "dana");
  Reflect.set(demo.deps.authentication, "demoPerson", null);
  assert.equal((await asBrowser(demo, "GET", "/status", left)).status, 401);
  assert.equal((await open(demo, link)).status, 401);
});

async function started(
  context: TestContext,
  options?: Parameters<typeof startTestApi>[0],
): Promise<TestApi> {
  const api = await startTestApi(options);
  context.after(api.close);
  return api;
}

function open(
  api: TestApi,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const sent = { origin: new URL(api.deps.publicUrl()).origin, ...headers };
  return api.request("POST", "/session", { body: { code }, headers: sent });
}

async function signedIn(api: TestApi, name: string): Promise<string> {
  return cookieOf(await open(api, await api.linkFor(name)));
}

/** `NAME=VALUE`, as the browser sends it back. */
function cookieOf({ headers }: Answer): string {
  return (headers.get("set-cookie") ?? "").split(";")[0] ?? "";
}

/** As the gateway's own page asks. */
function asBrowser(
  api: TestApi,
  method: string,
  path: string,
  cookie: string,
  more: Readonly<Record<string, string>> | Pick<RequestOptions, "body"> = {},
): Promise<Answer> {
  const { body, ...headers } = more as Readonly<Record<string, string>> & { body?: unknown };
  const origin = method === "GET" ? {} : { origin: new URL(api.deps.publicUrl()).origin };
  return api.request(method, path, {
    ...(body === undefined ? {} : { body }),
    headers: { cookie, ...origin, ...headers },
  });
}

function storedSession(api: TestApi, cookie: string): Promise<SignInSession | null> {
  return api.deps.store.signInSession(tokenHash(cookie.split("=")[1] ?? ""));
}

function codeOf({ json }: Answer): unknown {
  return (json as { code?: unknown } | null)?.code;
}

async function logSize(api: TestApi): Promise<number> {
  return (await api.deps.store.logHead()).size;
}
