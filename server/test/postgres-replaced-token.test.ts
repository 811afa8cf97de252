/** A new token for an agent ends what was begun with the one before. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Client, type DatabaseError } from "pg";
import { bypassScene } from "./support/bypass-scene.ts";

const scene = bypassScene({ holdMaxMs: 60_000 });

test("whoever is signed in with a token that was replaced is out, and what waits for them runs no more", async () => {
  const { gateway, ada } = scene;
  const idle = await gateway.connect();
  const waiting = await gateway.connect();
  const before = await gateway.agentToken("bot");
  const gone = once(idle.client, "error") as Promise<[DatabaseError]>;
  const held = waiting.held();
  const answer = waiting.client
    .query("insert into audit values ('with the old token')")
    .catch((error: DatabaseError) => error);
  const id = await held;

  const issued = await gateway.call("/agents/bot/token", gateway.operatorToken, {});
  assert.equal(issued.status, 201);
  const { token } = issued.body as { readonly token: string };

  const [error] = await gone;
  assert.equal(error.code, "57P01");
  assert.match(error.message, /has a new token/);
  assert.match(((await answer) as DatabaseError).message, /has a new token|terminated/);
  const late = await gateway.decide(id, ada, "approve");
  assert.equal((await gateway.review(id, ada)).state, "cancelled", JSON.stringify(late.body));
  assert(!(await scene.audited()).includes("with the old token"));

  const login = { host: "127.0.0.1", port: gateway.status.listeners["postgres"]?.port };
  const signIn = (password: string) => {
    const client = new Client({ ...login, user: "bot", password, database: "shop" });
    return client.connect().then(() => client);
  };
  await assert.rejects(signIn(before), { code: "28P01" });
  const again = await signIn(token);
  assert.equal((await again.query("select 1 as one")).rowCount, 1);
  await again.end();
});
