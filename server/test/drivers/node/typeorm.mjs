import { DataSource, EntitySchema } from "typeorm";
import { run, target } from "./run.mjs";

const { user: username, ...place } = target;
const owners = new EntitySchema({
  name: "owners",
  columns: { id: { type: Number, primary: true, generated: "identity" }, name: { type: String } },
});
const things = new EntitySchema({
  name: "things",
  columns: {
    id: { type: Number, primary: true, generated: true },
    name: { type: "varchar", length: 40 },
    tags: { type: "text", array: true },
    data: { type: "jsonb", nullable: true },
  },
  relations: {
    owner: { type: "many-to-one", target: "owners", joinColumn: { name: "owner_id" }, eager: true },
  },
});
const source = new DataSource({ type: "postgres", ...place, username, entities: [owners, things] });
await source.initialize();

async function reads() {
  const repository = source.getRepository("things");
  const runner = source.createQueryRunner();
  const [table] = await runner.getTables(["owners"]);
  const stream = await runner.stream("select id from things order by id");
  let streamed = 0;
  for await (const _ of stream) streamed += 1;
  await runner.release();
  return [
    await repository.find({ take: 3, order: { id: "ASC" } }),
    await repository.findAndCount({ where: { name: "thing 3" } }),
    table?.columns.map(({ name }) => name),
    await source.transaction("SERIALIZABLE", (within) => within.count("things")),
    streamed,
  ];
}

await run({
  reads,
  update: (name, on = source) => on.query("update tallies set n = n + 1 where name = $1", [name]),
  transaction: (work) => source.transaction(work),
  drop: () => source.query("drop table tallies"),
  close: () => source.destroy(),
});
