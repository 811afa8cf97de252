import { count, eq, relations, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { integer, jsonb, pgTable, serial, text, varchar } from "drizzle-orm/pg-core";
import { Pool } from "pg";
import { run, target } from "./run.mjs";

const owners = pgTable("owners", { id: integer().primaryKey(), name: text() });
const things = pgTable("things", {
  id: serial().primaryKey(),
  ownerId: integer("owner_id").references(() => owners.id),
  name: varchar({ length: 40 }),
  data: jsonb(),
});
const tallies = pgTable("tallies", { name: text().primaryKey(), n: integer() });
const schema = {
  owners,
  things,
  ownersRelations: relations(owners, ({ many }) => ({ things: many(things) })),
  thingsRelations: relations(things, ({ one }) => ({
    owner: one(owners, { fields: [things.ownerId], references: [owners.id] }),
  })),
};
const pool = new Pool({ ...target, max: 2 });
const db = drizzle(pool, { schema });

async function reads() {
  const byId = db
    .select({ id: things.id, name: things.name })
    .from(things)
    .where(eq(things.id, sql.placeholder("id")))
    .prepare("by_id");
  return [
    await db
      .select()
      .from(things)
      .leftJoin(owners, eq(things.ownerId, owners.id))
      .orderBy(things.id)
      .limit(2),
    await db.query.owners.findMany({ with: { things: { limit: 2, columns: { id: true } } } }),
    await db.transaction((within) => within.select({ count: count() }).from(things), {
      accessMode: "read only",
      isolationLevel: "serializable",
    }),
    [await byId.execute({ id: 3 }), await byId.execute({ id: 4 })],
  ];
}

await run({
  reads,
  update: (name, within = db) =>
    within
      .update(tallies)
      .set({ n: sql`${tallies.n} + 1` })
      .where(eq(tallies.name, name)),
  transaction: (work) => db.transaction(work),
  drop: () =>
    db.execute(sql`drop table tallies`).catch((error) => {
      throw error.cause ?? error;
    }),
  close: () => pool.end(),
});
