/**
 * The measurements behind `docs/reference/performance.md`, as ratios in one alternating run.
 *
 *   npm run bench                     prints the page
 *   npm run bench -- --write          and writes it
 *   npm run bench -- --only PART      prints the rows of one part: statements, tls, tools, records, history or crowd
 *   npm run bench -- --help           prints this
 *
 * Direct, PgBouncer where it is installed, a bare relay, gateways whose store forgets, and one with the durable record take turns,
 * so that a machine whose speed drifts changes all of them alike. Everything runs on this machine.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Client } from "pg";
import { silentLog } from "../server/src/platform/log.ts";
import {
  type SampleDatabase,
  startSampleDatabase,
} from "../server/src/quickstart/sample-database.ts";
import { loadedTable, maskedTables } from "./cases.ts";
import { measureCrowd } from "./crowd.ts";
import { measureEncryption } from "./encryption.ts";
import { measureHistory } from "./history.ts";
import { measureTools } from "./mcp/calls.ts";
import { presentPage } from "./page.ts";
import { measureFlood, measureRecords } from "./records.ts";
import { measureStatements } from "./statements.ts";
import { type Subjects, startSubjects } from "./subjects.ts";

const { values } = parseArgs({
  options: {
    help: { type: "boolean", default: false },
    only: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(await usage());
} else if (values.only !== undefined) {
  console.log(JSON.stringify(await partOf(values.only), null, 2));
} else {
  const page = await withSubjects(async (subjects) =>
    presentPage({
      // While nothing has been asked of it.
      idleBytes: (await subjects.gateway.look()).residentBytes,
      listeningMs: subjects.gateway.listeningMs,
      rows: await measureStatements(subjects.all),
      encryption: await encryptionOf(subjects),
      tools: await measureTools(),
      records: await measureRecords(),
      flood: await measureFlood(),
      history: await measureHistory(),
      crowd: await measureCrowd(),
    }),
  );
  console.log(page);
  const file = new URL("../docs/reference/performance.md", import.meta.url);
  if (values.write) await writeFile(file, page);
}

async function partOf(name: string): Promise<unknown> {
  switch (name) {
    case "statements":
      return withSubjects(({ all }) => measureStatements(all));
    case "tls":
      return withSubjects(encryptionOf);
    case "tools":
      return measureTools();
    case "records":
      return [...(await measureRecords()), ...(await measureFlood())];
    case "history":
      return measureHistory();
    case "crowd":
      return measureCrowd();
    default:
      throw new Error(`there is no part ${name}\n${await usage()}`);
  }
}

function encryptionOf({ forgetful }: Subjects): Promise<readonly string[]> {
  return measureEncryption(forgetful.url, forgetful.certificate);
}

async function withSubjects<Result>(use: (subjects: Subjects) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-bench-"));
  const database = await startSampleDatabase({ dir: join(folder, "sample"), log: silentLog });
  const { host, port, user, password } = database;
  const direct = `postgres://${user}:${password}@${host}:${port}/${database.database}`;
  try {
    await makeTables(database);
    const subjects = await startSubjects(folder, direct);
    try {
      return await use(subjects);
    } finally {
      await subjects.stop();
    }
  } finally {
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeTables({ adminUrl, user }: SampleDatabase): Promise<void> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query(`create table ${loadedTable} (n integer, note text)`);
  await admin.query(`grant insert, select on ${loadedTable} to ${user}`);
  for (const [table, rows] of Object.entries(maskedTables)) {
    await admin.query(`create table ${table} as ${rows}`);
    await admin.query(`grant select on ${table} to ${user}`);
  }
  await admin.end();
}

/** What stands at the top of this file. */
async function usage(): Promise<string> {
  const source = await readFile(new URL(import.meta.url), "utf8");
  const [, comment = ""] = /^\/\*\*\n([^]*?)\n \*\//.exec(source) ?? [];
  return comment.replaceAll(/^ \* ?/gm, "");
}
