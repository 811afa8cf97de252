/** Connections and agents over the API: what is shown of them, and to whom. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Agent } from "@countersign/sdk/wire/agent";
import type { Connection } from "@countersign/sdk/wire/connection";
import type { Page } from "@countersign/sdk/wire/page";
import type { Problem } from "@countersign/sdk/wire/problem";
import type { Status } from "@countersign/sdk/wire/status";
import { startedAt, startTestApi, type TestApi } from "./support/api.ts";

test("a connection is shown with where it leads and a connection string, and no credential", async (context) => {
  const { get } = await started(context);
  assert.deepEqual(await get("/connections/crm"), {
    name: "crm",
    kind: "postgres",
    environment: "test",
    labels: { team: "sales" },
    upstream: { endpoint: "db.example:5432", database: "shop", role: "app" },
    data: null,
    programs: null,
    url: "postgres://AGENT:TOKEN@127.0.0.1:7432/crm",
    health: {
      state: "unknown",
      since: null,
      heardAt: null,
      failure: null,
      serverVersion: null,
    },
    pending: 0,
  });
});

test("an agent is shown with who answers for it and since when it has a token", async (context) => {
  const { api, get } = await started(context);
  const importer = {
    name: "importer",
    owner: "olga",
    groups: [],
    tokenSince: null,
    token: null,
    pending: 0,
  };
  assert.deepEqual(await get("/agents/importer"), importer);
  await api.agentToken("importer");
  const tokenSince = new Date(startedAt).toISOString();
  assert.deepEqual(await get("/agents/importer"), { ...importer, tokenSince });
});

test("what waits is counted for its agent and its connection, until it is decided", async (context) => {
  const { api, get } = await started(context);
  const dana = await api.signIn("dana");
  const counts = async () => {
    const agents = await get<Page<Agent>>("/agents");
    const connections = await get<Page<Connection>>("/connections");
    return [...agents.items, ...connections.items].map(({ name, pending }) => [name, pending]);
  };
  const { id, digest } = await api.hold();
  await api.hold();
  assert.deepEqual(await counts(), [
    ["importer", 2],
    ["reporter", 0],
    ["crm", 0],
    ["shop", 2],
  ]);
  const body = { verdict: "deny", digest, comment: "no" };
  await api.request("POST", `/reviews/${id}/verdicts`, { token: dana, body });
  assert.deepEqual(
    (await counts()).filter(([, pending]) => pending !== 0),
    [
      ["importer", 1],
      ["shop", 1],
    ],
  );
});

test("both lists come in pages by name that join", async (context) => {
  const { get } = await started(context);
  for (const [list, expected] of [
    ["agents", ["importer", "reporter"]],
    ["connections", ["crm", "shop"]],
  ] as const) {
    const first = await get<Page<Agent>>(`/${list}?limit=1`);
    const second = await get<Page<Agent>>(`/${list}?limit=1&cursor=${first.next}`);
    const items = [...first.items, ...second.items];
    assert.deepEqual(
      items.map(({ name }) => name),
      expected,
    );
    assert.deepEqual([first.next, second.next], [expected[0], null]);
    const beyond = await get<Page<Agent>>(`/${list}?cursor=zzz`);
    assert.deepEqual(beyond, { items: [], next: null });
    // A name that is gone meanwhile still says where to go on.
    const between = await get<Page<Agent>>(`/${list}?cursor=n`);
    assert.deepEqual(
      between.items.map(({ name }) => name),
      [expected[1]],
    );
  }
});

test("only the quickstart's sample agent shows its token, and to people alone", async (context) => {
  const { api, get } = await started(context, "reporter");
  const { items } = await get<Page<Agent>>("/agents");
  assert.deepEqual(
    items.map(({ name, token }) => [name, token]),
    [
      ["importer", null],
      ["reporter", "csa_sample"],
    ],
  );
  const token = await api.agentToken("reporter");
  for (const path of ["/agents", "/agents/reporter", "/connections", "/connections/shop"]) {
    const { status, text } = await api.request("GET", path, { token });
    assert.equal(status, 403);
    assert.doesNotMatch(text, /csa_/);
  }
});

test("an unknown name is not found", async (context) => {
  const { api, token } = await started(context);
  for (const [path, code] of [
    ["/agents/nobody", "identity.unknown_agent"],
    ["/connections/nowhere", "api.not_found"],
    ["/connections/__proto__", "api.not_found"],
    ["/agents/constructor", "identity.unknown_agent"],
  ] as const) {
    const { status, json } = await api.request("GET", path, { token });
    assert.deepEqual([status, (json as Problem).code], [404, code]);
  }
});

async function started(
  context: TestContext,
  sampleAgent?: string,
): Promise<{
  readonly api: TestApi;
  readonly token: string;
  readonly get: <Body>(path: string) => Promise<Body>;
}> {
  const api = await startTestApi(sampleAgent === undefined ? {} : { sampleAgent });
  context.after(api.close);
  const token = await api.signIn("sam");
  return {
    api,
    token,
    async get<Body>(path: string) {
      const { status, json, text } = await api.request("GET", path, { token });
      assert.equal(status, 200, text);
      return json as Body;
    },
  };
}

test("people have a connection tested and hear what came of it; agents don't, nor does anybody of an unknown one", async (context) => {
  let tests = 0;
  const known = {
    state: "failing",
    since: startedAt,
    heardAt: startedAt,
    serverVersion: "18.1",
  } as const;
  const failure = { code: "upstream.unreachable", message: "It can't be reached." } as const;
  const health = { ...known, failure };
  const api = await startTestApi({
    health: {
      current: () => health,
      async test() {
        tests += 1;
        return health;
      },
    },
  });
  context.after(api.close);
  const token = await api.signIn("dana");
  const at = new Date(startedAt).toISOString();
  const answer = await api.request("POST", "/connections/crm/test", { token });
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.json, { ...health, since: at, heardAt: at });
  const shown = (await api.request("GET", "/connections/crm", { token })).json as Connection;
  assert.deepEqual(shown.health, answer.json);
  assert.equal(tests, 1);
  assert.equal((await api.request("POST", "/connections/none/test", { token })).status, 404);
  const agent = await api.agentToken("importer");
  assert.equal((await api.request("POST", "/connections/crm/test", { token: agent })).status, 403);
  const { connections } = (await api.request("GET", "/status", { token: agent })).json as Status;
  assert.deepEqual(
    connections.map((each) => each.health),
    [null],
  );
});
