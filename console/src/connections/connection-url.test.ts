import * as fc from "fast-check";
import { expect, test } from "vitest";
import { connectionUrl, urlParts } from "./connection-url.ts";

const template = "postgres://AGENT:TOKEN@127.0.0.1:7432/AGENT_TOKEN";
const marked = (credentials: Parameters<typeof urlParts>[1]) =>
  urlParts(template, credentials)
    .filter(({ isPlaceholder }) => isPlaceholder)
    .map(({ text }) => text);

test("only the placeholders are filled in, not the same letters in a connection's name", () => {
  expect(connectionUrl(template, { agent: "importer", token: "csa_1" })).toBe(
    "postgres://importer:csa_1@127.0.0.1:7432/AGENT_TOKEN",
  );
});

test("an agent that is called like a placeholder gets no other's token", () => {
  expect(connectionUrl(template, { agent: "TOKEN", token: "csa_1" })).toBe(
    "postgres://TOKEN:csa_1@127.0.0.1:7432/AGENT_TOKEN",
  );
});

test("what still has to be put in is marked, and nothing else", () => {
  expect(marked({ agent: null, token: null })).toEqual(["AGENT", "TOKEN"]);
  expect(marked({ agent: "importer", token: null })).toEqual(["TOKEN"]);
  expect(marked({ agent: "importer", token: "csa_1" })).toEqual([]);
  expect(connectionUrl(template, { agent: null, token: null })).toBe(template);
});

test("credentials come out of the connection string as they went in", () => {
  const text = fc.string({ minLength: 1, unit: "grapheme" });
  fc.assert(
    fc.property(text, text, (agent, token) => {
      const url = new URL(connectionUrl(template, { agent, token }));
      expect(decodeURIComponent(url.username)).toBe(agent);
      expect(decodeURIComponent(url.password)).toBe(token);
      expect(url.host).toBe("127.0.0.1:7432");
    }),
  );
});

test("a template of another form is shown as it is", () => {
  expect(connectionUrl("https://example.com/mcp", { agent: "importer", token: "csa_1" })).toBe(
    "https://example.com/mcp",
  );
});
