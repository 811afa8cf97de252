/** Statements that can only fail: what a client hears of them through a gateway has to be what it hears without one, and nobody is asked. */
import assert from "node:assert/strict";
import { Client, type DatabaseError } from "pg";
import type { Scene } from "./agent-scene.ts";
import type { TestPostgres } from "./postgres.ts";

export interface RefusedCase {
  readonly text: string;
  /** What its session says before, once for each. */
  readonly firsts: readonly string[];
}

/** As simple queries and in the extended protocol. Nothing of them may have been sent to be run. */
export async function assertSameRefusals(
  { gateway, stage }: Pick<Scene, "gateway" | "stage">,
  postgres: TestPostgres,
  cases: readonly RefusedCase[],
): Promise<void> {
  const { host, port, user, password, database } = gateway.login;
  const driver = new Client({ host, port, user, password, database });
  const direct = new Client({ connectionString: postgres.url });
  await Promise.all([driver.connect(), direct.connect()]);
  for (const { text, firsts } of cases) {
    for (const query of [{ text }, { text, queryMode: "extended" }]) {
      for (const first of firsts) {
        const heardBy = async (client: Client) => {
          await client.query(first);
          const failed = await client.query(query).catch((caught: DatabaseError) => caught);
          const { severity, code, message, position, detail, hint } = failed as DatabaseError;
          const next = await client.query("select 1").then(
            () => "goes on",
            (caught: DatabaseError) => caught.code,
          );
          await client.query("rollback");
          return { severity, code, message, position, detail, hint, next };
        };
        const expected = await heardBy(direct);
        assert.notEqual(expected.code, undefined, `${text} does not fail`);
        assert.deepEqual(await heardBy(driver), expected, text);
      }
    }
  }
  await Promise.all([driver.end(), direct.end()]);
  assert.equal(stage.reviews.size, 0);
  assert.equal(
    stage.records.filter(({ type }) => type === "action.denied").length,
    cases.reduce((sum, { firsts }) => sum + firsts.length * 2, 0),
  );
  assert.deepEqual(
    gateway.tap.sent.filter((sql) => cases.some(({ text }) => text === sql)),
    [],
  );
}
