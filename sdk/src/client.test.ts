import assert from "node:assert/strict";
import { test } from "node:test";
import { answerBytesMax, ClientError, createClient } from "./client.ts";

const url = "https://gateway.example/base/";

test("the credential is in the header alone, and a redirect is a failure", async () => {
  const { client, calls } = clientThatGets({ body: "{}" });
  await client.status();
  await client.reviews({ state: "pending", cursor: "rev_1", limit: 5 });
  await client.review("../../log?x#y");
  await client.giveVerdict(
    "rev_1",
    { verdict: "approve", digest: "d", comment: null, maxRows: null, viewDigest: null },
    "key",
  );
  assert.deepEqual(
    calls.map((call) => `${call.method} ${call.url}`),
    [
      "GET https://gateway.example/base/api/v1/status",
      "GET https://gateway.example/base/api/v1/reviews?state=pending&cursor=rev_1&limit=5",
      "GET https://gateway.example/base/api/v1/reviews/..%2F..%2Flog%3Fx%23y",
      "POST https://gateway.example/base/api/v1/reviews/rev_1/verdicts",
    ],
  );
  for (const { url: asked, redirect, headers } of calls) {
    assert.doesNotMatch(asked, /css_secret/);
    assert.equal(redirect, "error");
    assert.equal(headers.get("authorization"), "Bearer css_secret");
  }
  const [verdict] = calls.slice(-1);
  assert.equal(verdict?.headers.get("idempotency-key"), "key");
  assert.equal(
    verdict?.body,
    '{"verdict":"approve","digest":"d","comment":null,"maxRows":null,"viewDigest":null}',
  );
});

test("an edit goes to its review, under a key that makes it one edit", async () => {
  const { client, calls } = clientThatGets({ body: "{}" });
  const edit = { digest: "d", command: "select 1", parameters: null, comment: "why" } as const;
  await client.override("rev_1", edit, "key");
  await client.override("rev_1", edit);
  const [first, second] = calls;
  assert.match(first?.url ?? "", /\/api\/v1\/reviews\/rev_1\/override$/);
  assert.equal(first?.headers.get("idempotency-key"), "key");
  assert.equal(first?.body, JSON.stringify(edit));
  assert.match(second?.headers.get("idempotency-key") ?? "", /^[0-9a-f-]{36}$/);
});

test("each verdict has a key of its own unless it is given one", async () => {
  const { client, calls } = clientThatGets({ body: "{}" });
  const request = {
    verdict: "approve",
    digest: "d",
    comment: null,
    maxRows: null,
    viewDigest: null,
  } as const;
  await client.giveVerdict("rev_1", request);
  await client.giveVerdict("rev_1", request);
  const keys = calls.map(({ headers }) => headers.get("idempotency-key"));
  assert.match(keys[0] ?? "", /^[0-9a-f-]{36}$/);
  assert.notEqual(keys[0], keys[1]);
});

test("a failure has the gateway's code, status and sentence", async () => {
  const problem = { code: "review.not_found", detail: "No review has this id.", status: 404 };
  const { client } = clientThatGets({ status: 404, body: JSON.stringify(problem) });
  await assert.rejects(client.review("rev_1"), {
    name: "ClientError",
    code: "review.not_found",
    status: 404,
    message: "No review has this id.",
  });
});

test("what is no gateway's answer is told from a gateway's", async () => {
  for (const answer of [
    { body: "<html>" },
    { body: "" },
    { body: "7" },
    { body: "null" },
    { status: 502, body: "<html>" },
    { status: 500, body: '{"error":"x"}' },
    { status: 404, body: "null" },
  ]) {
    const { client } = clientThatGets(answer);
    await assert.rejects(client.status(), { code: "client.malformed_answer", status: 0 });
  }
});

test("an answer beyond the bound is given up", async () => {
  const chunk = new Uint8Array(answerBytesMax + 1);
  const body = new ReadableStream({
    pull(controller) {
      controller.enqueue(chunk);
    },
  });
  const { client } = clientThatGets({ body });
  await assert.rejects(client.status(), { code: "client.malformed_answer" });
});

test("a gateway that does not answer is unreachable, with the cause kept", async () => {
  const cause = new TypeError("fetch failed");
  const client = createClient({ url, token: null, fetch: () => Promise.reject(cause) });
  await assert.rejects(client.signIn("csl_x"), (error) => {
    assert(error instanceof ClientError);
    assert.deepEqual([error.code, error.status, error.cause], ["client.unreachable", 0, cause]);
    return true;
  });
});

interface Call {
  readonly url: string;
  readonly method: string | undefined;
  readonly redirect: string | undefined;
  readonly headers: Headers;
  readonly body: unknown;
}

function clientThatGets(answer: {
  readonly status?: number;
  readonly body: string | ReadableStream;
}) {
  const calls: Call[] = [];
  const client = createClient({
    url,
    token: "css_secret",
    fetch: async (asked, init) => {
      calls.push({
        url: asked instanceof Request ? asked.url : String(asked),
        method: init?.method,
        redirect: init?.redirect,
        headers: new Headers(init?.headers),
        body: init?.body,
      });
      return new Response(answer.body, { status: answer.status ?? 200 });
    },
  });
  return { client, calls };
}
