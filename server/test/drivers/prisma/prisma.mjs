import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "./client/client.ts";
import { run, target } from "./run.mjs";

const prisma = new PrismaClient({ adapter: new PrismaPg(target) });

async function reads() {
  const order = { id: "asc" };
  return [
    await prisma.things.findMany({ take: 3, orderBy: order, include: { owner: true } }),
    await prisma.things.groupBy({
      by: ["owner_id"],
      _count: true,
      _max: { id: true },
      orderBy: { owner_id: "asc" },
    }),
    await prisma.owners.findUnique({
      where: { name: "ada" },
      include: { things: { take: 1, orderBy: order } },
    }),
    await prisma.things.aggregate({ _avg: { id: true } }),
    await prisma.$queryRaw`select ${3}::int as three`,
    await prisma.$transaction([prisma.things.count(), prisma.owners.count()]),
    await prisma.$transaction(
      (within) => within.things.count({ where: { name: { contains: "5" } } }),
      {
        isolationLevel: "Serializable",
      },
    ),
  ];
}

await run({
  reads,
  update: (name, within = prisma) =>
    within.tallies.update({ where: { name }, data: { n: { increment: 1 } } }),
  transaction: (work) => prisma.$transaction(work, { timeout: 60_000 }),
  drop: () => prisma.$executeRaw`drop table tallies`,
  close: () => prisma.$disconnect(),
});
