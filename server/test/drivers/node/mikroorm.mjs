import { EntitySchema, MikroORM } from "@mikro-orm/postgresql";
import { run, target } from "./run.mjs";

const Owner = new EntitySchema({
  name: "Owner",
  tableName: "owners",
  properties: { id: { type: "number", primary: true }, name: { type: "string" } },
});
const Thing = new EntitySchema({
  name: "Thing",
  tableName: "things",
  properties: {
    id: { type: "number", primary: true },
    name: { type: "string" },
    owner: { reference: "m:1", kind: "m:1", entity: () => Owner, fieldName: "owner_id" },
  },
});
const { database: dbName, ...place } = target;
const orm = await MikroORM.init({ entities: [Owner, Thing], dbName, ...place });
const em = orm.em.fork();

async function reads() {
  const found = await em.find(
    Thing,
    { id: { $lt: 4 } },
    { populate: ["owner"], orderBy: { id: "asc" } },
  );
  return [
    found.map(({ id, name, owner }) => ({ id, name, owner: owner.name })),
    await em.count(Thing),
    (await orm.schema.getUpdateSchemaSQL()).split("\n").toSorted(),
    await em.transactional((within) => within.count(Thing), {
      isolationLevel: "serializable",
      readOnly: true,
    }),
  ];
}

await run({
  reads,
  update: (name, within = em) =>
    within.execute("update tallies set n = n + 1 where name = ?", [name], "run"),
  transaction: (work) => em.transactional(work),
  drop: () => em.execute("drop table tallies", [], "run"),
  close: () => orm.close(),
});
