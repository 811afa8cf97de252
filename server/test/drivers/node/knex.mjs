import createKnex from "knex";
import { run, target } from "./run.mjs";

const knex = createKnex({ client: "pg", connection: target, searchPath: ["public"] });

async function reads() {
  let streamed = 0;
  for await (const _ of knex("things").select("id").stream()) streamed += 1;
  return [
    await knex("things").select("id", "name").where("id", "<", 4).orderBy("id"),
    await knex.schema.hasTable("things"),
    await knex("things").columnInfo(),
    await knex.transaction((within) => within("things").count("*"), { readOnly: true }),
    await knex.transaction((within) => within("things").count("*"), {
      isolationLevel: "serializable",
    }),
    streamed,
  ];
}

await run({
  reads,
  update: (name, within = knex) => within("tallies").where({ name }).increment("n", 1),
  transaction: (work) => knex.transaction(work),
  drop: () => knex.schema.dropTable("tallies").then(() => undefined),
  close: () => knex.destroy(),
});
