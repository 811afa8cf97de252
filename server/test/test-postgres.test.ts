import assert from "node:assert/strict";
import { access, utimes } from "node:fs/promises";
import { dirname } from "node:path";
import { describe, test } from "node:test";
import { findPostmaster, isPostmasterOf } from "#/quickstart/postmaster.ts";
import {
  account,
  kill,
  query,
  signInOf,
  startChild,
  startForTest,
} from "./support/database-process.ts";
import { startTestPostgres } from "./support/postgres.ts";

describe("a PostgreSQL for a test", () => {
  test("is one of its own for each, with the shop's data or without", async (t) => {
    const all = await Promise.all([startTestPostgres(), startTestPostgres({ shop: false })]);
    t.after(() => Promise.all(all.map(({ stop }) => stop())));
    const [shop, empty] = all;
    const customers = await query(shop, "select from customers");
    await query(empty, "create table customers (id integer)");
    const { rows } = await query(signInOf(empty.superuserUrl), "show is_superuser");
    assert.equal(customers.rowCount, 10_000);
    assert.notEqual(shop.port, empty.port);
    assert.deepEqual(rows, [{ is_superuser: "on" }]);
    await shop.stop();
    await assert.rejects(query(shop, "select"), { code: "ECONNREFUSED" });
  });

  test("leaves nothing behind, even where a run was killed", async (t) => {
    const child = await startChild(t, startForTest, "");
    await kill(child.process);
    assert.ok(child.outcome.url, child.outcome.error);
    const { rows } = await query(signInOf(child.outcome.url), "show data_directory");
    const cluster = { account, path: String(rows[0].data_directory) };
    const run = dirname(cluster.path);
    const left = await findPostmaster(cluster);
    assert.ok(left);
    const longAgo = new Date(0);
    await utimes(run, longAgo, longAgo);
    const postgres = await startTestPostgres();
    const isLeft = await isPostmasterOf(left.pid, cluster);
    await postgres.stop();
    assert.equal(isLeft, false);
    await assert.rejects(access(run));
  });
});
