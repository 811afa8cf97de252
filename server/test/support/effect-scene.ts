/** Writes that wait with an effect, over a table of a few rows. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { Client } from "pg";
import type { Effect, PreviewMode } from "#/core/effect.ts";
import { openScene, type Scene } from "./agent-scene.ts";
import type { TestPostgres } from "./postgres.ts";
import { agentToken, asSuperuser } from "./postgres-gateway.ts";

export const allWaits = `
  @id("reads-run") @reason("Reads run.")
  permit (principal, action == Countersign::Action::"sql.read", resource)
  unless { context.reads.contains("public.watched") };
  @id("the-rest-waits") @review("1 of dba") @reason("It waits.")
  permit (principal, action, resource)
  unless { action == Countersign::Action::"sql.read" && !context.reads.contains("public.watched") };`;

export const deletesWait = `
  @id("deletes-wait") @review("1 of dba") @reason("It waits.")
  permit (principal, action, resource) when { context has kinds && context.kinds.contains("delete") };
  @id("the-rest-runs") @reason("It runs.")
  permit (
    principal,
    action in [Countersign::Action::"sql", Countersign::Action::"sql.schema", Countersign::Action::"sql.admin"],
    resource
  ) unless { context.kinds.contains("delete") };`;

/** Over the database that the tests of a file have when they run. */
export const opening =
  (running: () => TestPostgres) =>
  async (context: TestContext, mode: PreviewMode, setup = "select 1", rules = allWaits) => {
    const postgres = running();
    const scene = await openScene(context, postgres, rules, mode);
    await asSuperuser(postgres, async (superuser) => {
      await superuser.query(`set role ${postgres.user}`);
      await superuser.query("analyze items");
      await superuser.query(setup);
    });
    const { host, port, user, database } = scene.gateway.login;
    const client = new Client({ host, port, user, database, password: agentToken });
    client.on("error", () => {});
    await client.connect();
    context.after(async () => {
      await client.end().catch(() => {});
    });
    return { scene, client };
  };

/** The effect of what waits, as soon as it is of this basis. */
export async function effectOf({ stage }: Scene, text: string, basis: Effect["basis"]) {
  const review = await stage.until(() =>
    [...stage.reviews.values()].find(
      ({ action, effect }) => action.command.includes(text) && effect?.basis === basis,
    ),
  );
  assert(review.effect !== null);
  return { review, effect: review.effect };
}

/** Sends it and forgets it: what comes of it is not the matter. */
export function hold(
  client: Client,
  sql: string,
  values: readonly unknown[] = [],
): Promise<unknown> {
  return client.query({ text: sql, values: [...values] }).catch((error: unknown) => error);
}
