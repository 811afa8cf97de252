import { DataTypes, Sequelize } from "sequelize";
import { run, target } from "./run.mjs";

const { database, user, password, host, port } = target;
const sequelize = new Sequelize(database, user, password, {
  host,
  port,
  dialect: "postgres",
  logging: false,
});
const named = { name: DataTypes.STRING };
const Thing = sequelize.define("things", named, { timestamps: false });
const Owner = sequelize.define("owners", named, { timestamps: false });
Thing.belongsTo(Owner, { foreignKey: "owner_id" });
Owner.hasMany(Thing, { foreignKey: "owner_id" });

async function reads() {
  const known = sequelize.getQueryInterface();
  await sequelize.authenticate();
  return [
    Object.keys(await known.describeTable("things")),
    (await known.showAllTables()).toSorted(),
    (await known.showIndex("things")).map(({ name }) => name).toSorted(),
    await Thing.findAndCountAll({ include: Owner, limit: 2, order: ["id"] }),
    await sequelize.transaction({ isolationLevel: "SERIALIZABLE" }, (transaction) =>
      Thing.count({ transaction }),
    ),
    await sequelize.transaction({ readOnly: true }, (transaction) => Thing.count({ transaction })),
  ];
}

await run({
  reads,
  update: (name, transaction) =>
    sequelize.query("update tallies set n = n + 1 where name = :name", {
      replacements: { name },
      transaction,
    }),
  transaction: (work) => sequelize.transaction(work),
  drop: () => sequelize.query("drop table tallies"),
  close: () => sequelize.close(),
});
