/** What each client's program does: its reads, a line for each, or its writes. */

export const target = {
  host: process.env.PGHOST,
  port: Number(process.env.PGPORT),
  user: process.env.PGUSER,
  password: process.env.PGPASSWORD,
  database: process.env.PGDATABASE,
};

/** `update` and `transaction` hand on what the client calls a transaction; `drop` rejects. */
export async function run({ reads, update, transaction, drop, close }) {
  if (process.argv[2] === "reads") {
    for (const each of await reads()) say(JSON.stringify(each));
  } else {
    await update("single");
    await transaction((within) => update("transaction", within));
    const undone = transaction(async (within) => {
      await update("rolled back", within);
      throw new Error("undone");
    });
    await undone.catch((error) => say(error.message));
    await Promise.all([update("batch"), update("batch")]);
    await drop().catch((error) => say(`${error.parent?.code ?? error.code} ${error.message}`));
  }
  await close();
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
