import assert from "node:assert/strict";
import { test } from "node:test";
import { GatewayError } from "#/core/errors.ts";
import type { PersonId } from "#/core/ids.ts";
import type { Person } from "#/core/principal.ts";
import type { SignInLink } from "#/store/stored.ts";
import { type LinkMaker, makeLink, type SignInDeps, vouchersMax } from "./sign-in.ts";

const id = (name: string) => `per_${name}` as PersonId;

test("a link names whoever made it and everyone through whose links they signed in", async () => {
  assert.deepEqual(await vouchersOf("operator"), []);
  assert.deepEqual(await vouchersOf({ person: id("a"), vouchers: [] }), [id("a")]);
  const chain = { person: id("a"), vouchers: [id("b"), id("c"), id("a")] };
  assert.deepEqual(await vouchersOf(chain), [id("a"), id("b"), id("c")]);
});

test("a chain of links that grew too long makes no more", async () => {
  const vouchers = Array.from({ length: vouchersMax }, (_, at) => id(String(at)));
  await assert.rejects(
    vouchersOf({ person: id("last"), vouchers }),
    (error) => error instanceof GatewayError && error.code === "identity.forbidden",
  );
});

async function vouchersOf(by: LinkMaker): Promise<readonly PersonId[]> {
  const saved: SignInLink[] = [];
  const deps = {
    store: {
      async saveSignInLink(link: SignInLink) {
        saved.push(link);
      },
    },
    clock: { now: () => 0 },
    demoPerson: null,
  } as unknown as SignInDeps;
  const ada: Person = { id: id("ada"), issuer: "", subject: "", name: "ada", groups: [], since: 0 };
  await makeLink(deps, ada, by);
  return saved[0]?.vouchers ?? [];
}
