/** Brings a database up to this version's schema, by numbered files, each once and whole. */
import assert from "node:assert/strict";
import fs from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { GatewayError } from "#/core/errors.ts";

/** "CSGN" in SQLite's header, so that another program's database is not taken for ours. */
const applicationId = 0x4353474e;
const migrationsUrl = new URL("./migrations/", import.meta.url);

export function migrate(db: DatabaseSync): void {
  const migrations = listMigrations();
  for (
    let version = checkVersion(db, migrations.length);
    version < migrations.length;
    version += 1
  ) {
    const sql = fs.readFileSync(new URL(migrations[version] as string, migrationsUrl), "utf8");
    db.exec("BEGIN IMMEDIATE");
    db.exec(sql);
    db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version + 1}`);
    db.exec("COMMIT");
  }
}

/** The database's version, if this program can go on from it. */
export function checkVersion(db: DatabaseSync, newest = listMigrations().length): number {
  const version = readPragma(db, "user_version");
  if (version > newest) {
    throw new GatewayError(
      "store.newer_version",
      "The data folder was written by a newer version of Countersign.",
      { details: { version, newest } },
    );
  }
  const owner = readPragma(db, "application_id");
  const isFresh = version === 0 && owner === 0 && readPragma(db, "schema_version") === 0;
  if (owner !== applicationId && !isFresh) {
    throw new GatewayError(
      "store.unreadable",
      "The database in the data folder is not Countersign's.",
    );
  }
  return version;
}

function listMigrations(): readonly string[] {
  const names = fs
    .readdirSync(migrationsUrl)
    .filter((name) => name.endsWith(".sql"))
    .toSorted();
  for (const [index, name] of names.entries()) {
    assert.equal(Number(name.slice(0, 4)), index + 1, "migrations are numbered without gaps");
  }
  return names;
}

function readPragma(
  db: DatabaseSync,
  name: "user_version" | "application_id" | "schema_version",
): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}
