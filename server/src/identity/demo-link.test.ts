import assert from "node:assert/strict";
import { test } from "node:test";
import type { PersonId } from "#/core/ids.ts";
import type { Person } from "#/core/principal.ts";
import { manualClock } from "#/platform/clock.ts";
import type { SignInLink } from "#/store/stored.ts";
import { createDemoLink } from "./demo-link.ts";
import { linkLifeMs, type SignInDeps } from "./sign-in.ts";

const person: Person = {
  id: "per_operator" as PersonId,
  issuer: "local",
  subject: "operator",
  name: "operator",
  groups: [],
  since: 0,
};

function scene() {
  const links = new Map<string, SignInLink & { used: boolean }>();
  const clock = manualClock(0);
  const store = {
    async saveSignInLink(link: SignInLink) {
      links.set(link.hash, { ...link, used: false });
    },
    signInLink: async (hash: string) => links.get(hash) ?? null,
  };
  const deps = { store, clock, demoPerson: person } as unknown as SignInDeps;
  const useAll = () => {
    for (const link of links.values()) link.used = true;
  };
  return { links, clock, useAll, ask: createDemoLink(deps, person) };
}

test("the same link is given out until it is used; then there is a new one", async () => {
  const { ask, useAll, links } = scene();
  const first = await ask();
  assert.equal(await ask(), first);
  useAll();
  const second = await ask();
  assert.notEqual(second, first);
  assert.equal(await ask(), second);
  assert.equal(links.size, 2);
});

test("an expired link is replaced", async () => {
  const { ask, clock } = scene();
  const first = await ask();
  clock.advance(linkLifeMs - 1);
  assert.equal(await ask(), first);
  clock.advance(1);
  assert.notEqual(await ask(), first);
});

test("of many who ask at once all get one link", async () => {
  const { ask, links, useAll } = scene();
  await ask();
  useAll();
  const codes = await Promise.all(Array.from({ length: 20 }, ask));
  assert.equal(new Set(codes).size, 1);
  assert.equal(links.size, 2);
});

test("it is worth no more than the data folder's credential", async () => {
  const { ask, links } = scene();
  await ask();
  assert.deepEqual(
    [...links.values()].map(({ assurance }) => assurance),
    ["local-demo"],
  );
});
