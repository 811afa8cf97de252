/**
 * `npm run test:drivers [-- NAME…]`: clients that are not for Node, and object mappers that are, unmodified, as far as
 * their toolchains are here; what they need is installed from its registry into temporary space.
 *
 * Each client's program runs its `reads` directly and through the gateway: the lines that it prints have to be the
 * same, and no review may have been opened. Its `writes` run through the gateway, where each waits, is approved and
 * has to have run once. The last line is `N passed, N failed, N skipped`.
 */
import { delimiter, join } from "node:path";
import {
  copiedRows,
  type DriverScene,
  openDriverScene,
  type Target,
} from "../server/test/support/driver-scene.ts";
import { type ClientFamily, type Command, runClient as run, runFamilies } from "./run-client.ts";

const here = join(import.meta.dirname, "../server/test/drivers");
const programMs = 300_000;
const jdbc = "org.postgresql:postgresql:42.7.7";
/** Those whose writes copy rows too. */
const copying: readonly string[] = ["psql", "psycopg3", "asyncpg", "pgx", "jdbc", "dbd-pg", "pdo"];
const runs = { single: 1, transaction: 1, batch: 2, "rolled back": 0 };

type Part = "reads" | "writes";

interface Family extends ClientFamily {
  readonly command: (folder: string, client: string, part: Part) => Command;
  /** It only looks around, and finds its database by the name under which it has connected. */
  readonly browses?: boolean;
}

const families: readonly Family[] = [
  {
    clients: ["psql"],
    needs: [["psql", "--version"]],
    install: () => [],
    command: (_, __, part) => ["psql", "-X", "-q", "-f", join(here, `psql-${part}.sql`)],
  },
  {
    clients: ["psycopg3", "asyncpg", "sqlalchemy", "django"],
    needs: [["python3", "-m", "venv", "--help"]],
    install: (folder) => [
      ["python3", "-m", "venv", folder],
      [join(folder, "bin/pip"), "install", "-q", "-r", join(here, "requirements.txt")],
    ],
    command: (folder, client, part) => [
      join(folder, "bin/python"),
      join(here, `${client}_client.py`),
      part,
    ],
  },
  {
    clients: ["typeorm", "knex", "drizzle", "sequelize", "mikroorm"],
    needs: [["npm", "--version"]],
    install: (folder) => fromNpm(folder, ["node"]),
    command: (folder, client, part) => [process.execPath, join(folder, `${client}.mjs`), part],
  },
  {
    clients: ["prisma"],
    needs: [["npm", "--version"]],
    install: (folder) => [
      ...fromNpm(folder, ["node", "prisma"]),
      ["npm", "run", "--prefix", folder, "generate"],
    ],
    command: (folder, client, part) => [process.execPath, join(folder, `${client}.mjs`), part],
  },
  {
    clients: ["pgadmin"],
    needs: [["python3", "-m", "venv", "--help"]],
    install: (folder) => [
      ["python3", "-m", "venv", folder],
      [join(folder, "bin/pip"), "install", "-q", "pgadmin4==9.18"],
    ],
    command: (folder) => [join(folder, "bin/python"), join(here, "pgadmin_client.py")],
    browses: true,
  },
  {
    clients: ["activerecord"],
    needs: [["ruby", "-e", 'require "active_record"; require "pg"']],
    install: () => [],
    command: (_, __, part) => ["ruby", join(here, "activerecord_client.rb"), part],
  },
  {
    // Of the system, where Debian's packages put driver and module.
    clients: ["psqlodbc"],
    needs: [
      ["/usr/bin/python3", "-c", `import pyodbc; pyodbc.drivers().index("PostgreSQL Unicode")`],
    ],
    install: () => [],
    command: (_, __, part) => ["/usr/bin/python3", join(here, "odbc_client.py"), part],
  },
  {
    clients: ["dbd-pg"],
    needs: [["perl", "-MDBD::Pg", "-e", "1"]],
    install: () => [],
    command: (_, __, part) => ["perl", join(here, "dbd_client.pl"), part],
  },
  {
    clients: ["pdo"],
    needs: [
      ["php", "-r", `exit(extension_loaded("pdo_pgsql") && extension_loaded("pgsql") ? 0 : 1);`],
    ],
    install: () => [],
    command: (_, __, part) => ["php", join(here, "pdo_client.php"), part],
  },
  {
    clients: ["pgx"],
    needs: [["go", "version"]],
    install: (folder) => [
      ["go", "build", "-C", join(here, "go"), "-o", join(folder, "client"), "."],
    ],
    command: (folder, _, part) => [join(folder, "client"), part],
  },
  {
    clients: ["jdbc"],
    needs: [
      ["javac", "-version"],
      ["mvn", "-version"],
    ],
    install: (folder) => [
      ["mvn", "-q", "-B", "dependency:copy", `-Dartifact=${jdbc}`, `-DoutputDirectory=${folder}`],
      [
        "javac",
        "-cp",
        join(folder, "postgresql-42.7.7.jar"),
        "-d",
        folder,
        join(here, "java/Client.java"),
      ],
    ],
    command: (folder, _, part) => [
      "java",
      "-cp",
      [folder, join(folder, "postgresql-42.7.7.jar")].join(delimiter),
      "Client",
      part,
    ],
  },
];

/** The later of two files of a name is the one that counts. */
function fromNpm(folder: string, sources: readonly string[]): readonly Command[] {
  return [
    ...sources.map((source) => ["cp", "-R", `${join(here, source)}/.`, folder]),
    ["npm", "install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund"],
  ];
}

process.exitCode = await main(process.argv.slice(2));

async function main(names: readonly string[]): Promise<number> {
  const scene = await openDriverScene();
  try {
    return await runFamilies(families, names, (family, folder, client) =>
      check(scene, family, folder, client),
    );
  } finally {
    await scene.close();
  }
}

async function check(
  scene: DriverScene,
  family: Family,
  folder: string,
  client: string,
): Promise<readonly string[]> {
  const start = (target: Target, part: Part) =>
    run(family.command(folder, client, part), environmentOf(target), programMs);
  const problems: string[] = [];
  const expected = await start(scene.direct, "reads");
  const actual = await start(family.browses === true ? scene.namesake : scene.gateway, "reads");
  if (expected.code !== 0) problems.push(`reads directly ended so: ${expected.output}`);
  if (actual.code !== expected.code) problems.push(`reads ended so: ${actual.output}`);
  problems.push(...differences(expected.answers, actual.answers));
  for (const { verb, command } of await scene.newReviews()) {
    problems.push(`a review of ${verb} was opened: ${command}`);
  }
  if (family.browses === true) return problems;
  await scene.resetTallies();
  const { code, output } = await start(scene.gateway, "writes");
  if (code !== 0) problems.push(`writes ended with ${code}: ${output}`);
  if (!output.includes("42501")) problems.push(`nothing was refused: ${output}`);
  const ran = await scene.tallies();
  for (const [name, times] of Object.entries(runs)) {
    if (ran[name] !== times) problems.push(`"${name}" ran ${ran[name]} times, not ${times}`);
  }
  const copies = copying.includes(client);
  const copied = await scene.copied();
  if (copies && copied !== copiedRows) problems.push(`copied was ${JSON.stringify(copied)}`);
  const reviews = (await scene.newReviews()).map(({ verb, state }) => `${verb} ${state}`);
  if (
    reviews.length !== (copies ? 6 : 5) ||
    reviews.some((review) => review !== "sql.write approved")
  ) {
    problems.push(`the reviews of the writes are ${reviews.join(", ")}`);
  }
  return problems;
}

function differences(expected: string, actual: string): readonly string[] {
  if (expected === actual) return [];
  const wanted = expected.split("\n");
  const lines = actual.split("\n");
  const index = lines.findIndex((line, at) => line !== wanted[at]);
  const at = index === -1 ? lines.length : index;
  return [`expected ${wanted[at] ?? "nothing"}`, `got      ${lines[at] ?? "nothing"}`];
}

/** The names are libpq's, which most clients know. */
function environmentOf({ host, port, user, password, database }: Target) {
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    GO_SQL_URL: "sslmode=disable",
    PYTHONDONTWRITEBYTECODE: "1",
  };
}
