/** What people, browsers and strangers can send: bodies, headers, addresses, codes and arguments, sound and not. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CreatedLink } from "@countersign/sdk/wire/sign-in";
import { nowhere, type Plant } from "./plant.ts";
import { waiting } from "./plant-edits.ts";
import type { PlantedScene } from "./planted-scene.ts";

type Headers = Readonly<Record<string, string>>;

export const plantsOfRequests: readonly Plant[] = [
  {
    name: "an idempotency key",
    seenIn: nowhere,
    plant: async (scene, value) => {
      const { review, answer } = await waiting(scene);
      const { digest } = await scene.review(review);
      const body = JSON.stringify({ verdict: "approve", digest });
      const path = `/reviews/${review}/verdicts`;
      assert.equal(await asked(scene, "POST", path, { "idempotency-key": value }, body), 200);
      await answer();
    },
  },
  ...refusedBodies(),
  ...refusedHeaders(),
  {
    name: "an id in an address that is nobody's",
    seenIn: nowhere,
    plant: async (scene, value) => {
      for (const path of ["reviews", "actions", "connections", "agents"]) {
        assert.equal(await asked(scene, "GET", `/${path}/${value}`), 404);
      }
      assert.equal(await asked(scene, "GET", `/actions/${value}/proof`), 404);
    },
  },
  {
    name: "a query that is not taken",
    seenIn: nowhere,
    plant: async (scene, value) => {
      assert.equal(await asked(scene, "GET", `/reviews?state=${value}`), 400);
      assert.equal(await asked(scene, "GET", `/log/records?from=${value}&limit=${value}`), 400);
      await asked(scene, "GET", `/reviews?cursor=${value}&token=${value}`);
    },
  },
  {
    name: "an address of the console",
    seenIn: nowhere,
    plant: async (scene, value) => {
      const { apiUrl } = scene.gateway();
      for (const path of [`/${value}`, `/reviews/${value}?${value}`, `/assets/${value}.js`]) {
        scene.answered.strangers.push(await (await fetch(`${apiUrl}${path}`)).text());
      }
    },
  },
  {
    name: "a request that is none",
    seenIn: nowhere,
    plant: async (scene, value) => {
      for (const text of [`GET /${value}\r\n\r\n`, `${value} / HTTP/1.1\r\n${value}\r\n\r\n`]) {
        scene.answered.strangers.push(String(await scene.raw("api", Buffer.from(text))));
      }
    },
  },
  {
    name: "a sign-in code that was never given out",
    seenIn: nowhere,
    plant: async (scene, value) => {
      const code = `csl_${value}`;
      await asked(scene, "POST", "/sign-in", {}, JSON.stringify({ code }));
      const { apiUrl } = scene.gateway();
      await scene.countersign({}, "sign-in", `${apiUrl}/sign-in#${code}`);
    },
  },
  {
    name: "a token on the command line's environment that is nobody's",
    seenIn: nowhere,
    plant: async (scene, value) => {
      await scene.countersign({ COUNTERSIGN_TOKEN: `css_${value}` }, "inbox");
      await scene.countersign({ COUNTERSIGN_TOKEN: `css_${value}` }, "inbox", "--json");
    },
  },
  {
    name: "what a file holds that is scanned",
    seenIn: nowhere,
    value: () => `${Date.now()}.planted.q7w3k9z5x8v2@scanned.example`,
    plant: async (scene, value) => {
      const file = join(scene.folder.path, "scanned.csv");
      await writeFile(file, `id,email,note\n1,${value},"write to ${value}"\n`);
      for (const options of [[], ["--json"], ["--sarif"], ["--mask", "-"]]) {
        await scene.countersign({}, "scan", file, ...options);
      }
    },
  },
  {
    name: "the code of a sign-in link",
    seenIn: nowhere,
    value: async (scene) => {
      const { operatorToken, call } = scene.gateway();
      const { body } = await call("/people/ada/links", operatorToken, {});
      const code = (body as CreatedLink).url.split("#")[1] ?? "";
      await call("/sign-in", "", { code });
      await call("/sign-in", "", { code });
      return code;
    },
  },
  {
    name: "the code of a sign-in link that nobody has used",
    seenIn: nowhere,
    value: async (scene) => {
      const { operatorToken, call } = scene.gateway();
      const { body } = await call("/people/root/links", operatorToken, {});
      return (body as CreatedLink).url.split("#")[1] ?? "";
    },
  },
  { name: "a person's session", seenIn: nowhere, value: (scene) => scene.reviewer },
  {
    name: "a browser's session",
    seenIn: nowhere,
    value: async (scene) => {
      const { apiUrl, operatorToken, call } = scene.gateway();
      const { body } = await call("/people/ada/links", operatorToken, {});
      const code = (body as CreatedLink).url.split("#")[1] ?? "";
      const answer = await fetch(`${apiUrl}/api/v1/session`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: apiUrl },
        body: JSON.stringify({ code }),
      });
      scene.answered.people.push(await answer.text());
      const cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
      await asked(scene, "GET", "/status", { cookie, authorization: "" });
      return cookie.split("=")[1] ?? "";
    },
  },
];

/** Bodies that no route takes: what is wrong with them is told without them. */
function refusedBodies(): readonly Plant[] {
  const bodies: Readonly<Record<string, (value: string) => string>> = {
    "that is no JSON": (value) => `{"verdict": "approve", "comment": "${value}" oops`,
    "of another type": (value) => JSON.stringify([value]),
    "with a field that it does not have": (value) => JSON.stringify({ code: "x", more: value }),
    "with a value of another kind": (value) => JSON.stringify({ verdict: value, code: [value] }),
    "with a digest that is none": (value) =>
      JSON.stringify({ verdict: "approve", digest: value, command: value, comment: value }),
    "that is too large": (value) => JSON.stringify({ code: value.repeat(20_000) }),
  };
  const paths = ["/sign-in", "/reviews/rev_none/verdicts", "/reviews/rev_none/override"];
  return Object.entries(bodies).map(([what, write]) => ({
    name: `a request body ${what}`,
    seenIn: nowhere,
    plant: async (scene, value) => {
      for (const path of paths) {
        const status = await asked(scene, "POST", path, {}, write(value));
        assert.ok(status >= 400 && status < 500, `${path}: ${status}`);
      }
    },
  }));
}

function refusedHeaders(): readonly Plant[] {
  const headers: Readonly<Record<string, (value: string) => Headers>> = {
    "a bearer token that is nobody's": (value) => ({ authorization: `Bearer ${value}` }),
    "a password of basic authentication": (value) => ({
      authorization: `Basic ${Buffer.from(`ada:${value}`).toString("base64")}`,
    }),
    "a cookie": (value) => ({ authorization: "", cookie: `countersign=${value}; other=${value}` }),
    "the origin of another page": (value) => ({ origin: `https://${value}.example` }),
    "the name of a browser": (value) => ({
      "user-agent": value,
      referer: `https://x.example/${value}`,
    }),
    "where a proxy says that it comes from": (value) => ({ "x-forwarded-for": value, via: value }),
    "an id of the last event": (value) => ({ "last-event-id": value }),
    "an idempotency key that is none": (value) => ({ "idempotency-key": `${value} ${value}` }),
    "a type of content that is not taken": (value) => ({ "content-type": `text/${value}` }),
  };
  return Object.entries(headers).map(([name, write]) => ({
    name,
    seenIn: nowhere,
    plant: async (scene, value) => {
      await asked(scene, "GET", "/status", write(value));
      await asked(scene, "POST", "/reviews/rev_none/verdicts", write(value), '{"verdict":"deny"}');
    },
  }));
}

/** As `ada`, unless the headers say else; the answer is kept. */
async function asked(
  { gateway, reviewer, answered }: PlantedScene,
  method: string,
  path: string,
  headers: Headers = {},
  body?: string,
): Promise<number> {
  const answer = await fetch(`${gateway().apiUrl}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${reviewer}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const said = [...answer.headers].map((header) => header.join(": ")).join("\n");
  answered.people.push(`${said}\n${await answer.text()}`);
  return answer.status;
}
