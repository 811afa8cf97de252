/**
 * The databases inside a cluster: `shop` with the sample data, owned by the role with which the
 * gateway signs in. That role is nobody special, but the tables are its own, so that a `drop table`
 * would succeed: what stops it is the gateway's policy, not the lack of a privilege.
 */
import { Client } from "pg";
import { host, superuser } from "./cluster.ts";
import type { Credentials } from "./credentials.ts";
import { sampleTables, shopSchema } from "./sample-data.ts";

export const gatewayRole = "gateway_shop";
export const shopDatabase = "shop";

const draftDatabase = "shop_new";
const connectMs = 10_000;
const statementMs = 60_000;

/** Makes `shop` unless it is there. It gets its name only when it is whole. */
export async function openShop(port: number, credentials: Credentials): Promise<boolean> {
  return withSuperuser(port, credentials, "postgres", async (admin) => {
    const found = await admin.query("select from pg_database where datname = $1", [shopDatabase]);
    if (found.rowCount === 1) return false;
    await admin.query(`drop database if exists ${draftDatabase} with (force)`);
    await createGatewayRole(admin, credentials);
    await createDatabase(port, credentials, draftDatabase, loadShop);
    await admin.query(`alter database ${draftDatabase} rename to ${shopDatabase}`);
    return true;
  });
}

/** Makes a database in which the gateway's role may create tables. */
export async function createDatabase(
  port: number,
  credentials: Credentials,
  name: string,
  fill: (admin: Client) => Promise<void> = async () => {},
): Promise<void> {
  await withSuperuser(port, credentials, "postgres", async (admin) => {
    await admin.query(`create database ${name}`);
  });
  await withSuperuser(port, credentials, name, async (admin) => {
    await admin.query(`grant create, usage on schema public to ${gatewayRole}`);
    await fill(admin);
  });
}

export async function withSuperuser<Result>(
  port: number,
  { superuserPassword: password }: Credentials,
  database: string,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({
    host,
    port,
    database,
    user: superuser,
    password,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
  });
  // A lost connection fails the query that runs; on its own it must not end the process.
  client.on("error", () => {});
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
}

async function createGatewayRole(admin: Client, credentials: Credentials): Promise<void> {
  const role = await admin.query("select from pg_roles where rolname = $1", [gatewayRole]);
  const password = admin.escapeLiteral(credentials.gatewayPassword);
  await admin.query(
    `${role.rowCount === 1 ? "alter" : "create"} role ${gatewayRole} login password ${password}
     nosuperuser nocreatedb nocreaterole noreplication nobypassrls`,
  );
  await admin.query("revoke connect, temporary on database postgres, template1 from public");
}

async function loadShop(admin: Client): Promise<void> {
  await admin.query("begin");
  await admin.query(`set local role ${gatewayRole}`);
  await admin.query(shopSchema);
  for (const { name, columns, rows } of sampleTables()) {
    const arrays = columns.map((column, index) => `$${index + 1}::${column.type}[]`);
    await admin.query(
      `insert into ${name} (${columns.map((column) => column.name).join(", ")})
       select * from unnest(${arrays.join(", ")})`,
      columns.map((_, index) => rows.map((row) => row[index])),
    );
    await admin.query(
      `select setval(pg_get_serial_sequence('${name}', 'id'), (select max(id) from ${name}))`,
    );
  }
  await admin.query("commit");
  await admin.query("vacuum analyze");
}
