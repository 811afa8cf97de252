/** Changes how a test's PostgreSQL lets others in: its certificates, and the lines of pg_hba.conf. */
import { chown, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestPostgres } from "./postgres.ts";
import { asSuperuser } from "./postgres-gateway.ts";
import type { Issued } from "./test-authority.ts";

/** With this certificate, and whatever of this authority clients show. */
export async function turnTlsOn(
  postgres: TestPostgres,
  { certificate, key }: Issued,
  authority: string,
): Promise<void> {
  const files = { "server.crt": certificate, "server.key": key, "root.crt": authority };
  for (const [name, text] of Object.entries(files)) await writeIn(postgres, name, text);
  await asSuperuser(postgres, async (superuser) => {
    await superuser.query("alter system set ssl = on");
    await superuser.query("alter system set ssl_ca_file = 'root.crt'");
  });
  await reload(postgres);
}

/** Lines for all but the superuser. */
export async function letIn(postgres: TestPostgres, ...lines: readonly string[]): Promise<void> {
  const all = ["host all postgres 127.0.0.1/32 scram-sha-256", ...lines, ""];
  await writeIn(postgres, "pg_hba.conf", all.join("\n"));
  await reload(postgres);
}

async function writeIn(postgres: TestPostgres, name: string, text: string): Promise<void> {
  const folder = await asSuperuser(postgres, async (superuser) => {
    const { rows } = await superuser.query<{ data_directory: string }>("show data_directory");
    return rows[0]?.data_directory ?? "";
  });
  const { uid, gid } = await stat(folder);
  await writeFile(join(folder, name), text, { mode: 0o600 });
  await chown(join(folder, name), uid, gid);
}

/** Resolves when new sessions have it: the server reads files and settings in one step. */
async function reload(postgres: TestPostgres): Promise<void> {
  const wanted = await asSuperuser(postgres, async (superuser) => {
    const { rows } = await superuser.query<{ s: string }>(
      "select setting::int % 500 + 1 as s from pg_settings where name = 'authentication_timeout'",
    );
    const next = String(rows[0]?.s);
    await superuser.query(`alter system set authentication_timeout = ${next}`);
    await superuser.query("select pg_reload_conf()");
    return next;
  });
  const isThere = () =>
    asSuperuser(postgres, async (superuser) => {
      const { rows } = await superuser.query<{ s: string }>(
        "select setting as s from pg_settings where name = 'authentication_timeout'",
      );
      return rows[0]?.s === wanted;
    });
  while (!(await isThere()));
}
