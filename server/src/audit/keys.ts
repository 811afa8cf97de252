/**
 * The gateway's keys, in its data folder: `log.key` signs the log, `log.pub` lets anybody verify it,
 * `data.key` is the master from which every other key is derived.
 *
 * Guarantees that they are created once, at the first start, and never replaced: another log key would fork
 * the log, another master would make all payloads and reviews unreadable. So a key that is missing beside an
 * existing database is an error, as is one that other accounts can read.
 */
import { hkdfSync, randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { TlogError } from "@countersign/tlog/errors";
import {
  formatSigningKey,
  formatVerifierKey,
  generateKey,
  parseSigningKey,
  parseVerifierKey,
  type SigningKey,
} from "@countersign/tlog/note";
import { prepareFolder, storeFiles } from "#/store/sqlite/folder.ts";
import { createKeyFile, invalidKey, privateMode, publicMode, readKeyFile } from "./key-file.ts";

export interface GatewayKeys {
  /** The signing key's name. */
  readonly origin: string;
  readonly signingKey: SigningKey;
  /** What verifiers need, in its text form. */
  readonly verifierKey: string;
  /** Derived from the master, 32 bytes each: for the log's payloads, … */
  readonly payloadKey: Uint8Array;
  /** … for stored documents, … */
  readonly sealerKey: Uint8Array;
  /** … for what the journal holds until it is in the log, … */
  readonly journalKey: Uint8Array;
  /** … for the keys under which callers find their reviews again, … */
  readonly joinKey: Uint8Array;
  /** … for the opaque ids of people, … */
  readonly personKey: Uint8Array;
  /** … for the hashes that stand in place of masked values, … */
  readonly maskKey: Uint8Array;
  /** … and for the SCRAM parameters of agents that do not exist (RFC 5802, as PostgreSQL's mock nonce). */
  readonly scramMockKey: Uint8Array;
}

export interface KeyOverrides {
  /** The log's signing key, as text, where it is kept outside the data folder. */
  readonly signingKey?: string | undefined;
}

export function loadKeys(dir: string, overrides: KeyOverrides = {}): GatewayKeys {
  prepareFolder(dir);
  const signingKey = loadSigningKey(dir, overrides.signingKey);
  const verifierKey = formatVerifierKey(signingKey);
  publishVerifierKey(dir, verifierKey);
  const master = loadMaster(dir);
  const derive = (label: string) => {
    return new Uint8Array(hkdfSync("sha256", master, "", `countersign/key/${label}/v1`, 32));
  };
  return {
    origin: signingKey.name,
    signingKey,
    verifierKey,
    payloadKey: derive("payload"),
    sealerKey: derive("sealer"),
    journalKey: derive("journal"),
    joinKey: derive("join"),
    personKey: derive("person"),
    maskKey: derive("mask"),
    scramMockKey: derive("scram-mock"),
  };
}

/** The verifier key that lies in a data folder, for those who were given none from outside. */
export function readVerifierKey(dir: string): string {
  const { verifier } = keyFiles(dir);
  const text = readKeyFile(verifier, publicMode);
  if (text === null) throw invalidKey(verifier, "is missing; give the log's verifier key");
  return checkVerifierKey(text, verifier);
}

/** Returns the key if it is one. `where` names it in the error. */
export function checkVerifierKey(text: string, where: string): string {
  parseKey(parseVerifierKey, text, where);
  return text;
}

function keyFiles(dir: string) {
  return {
    signing: path.join(dir, "log.key"),
    verifier: path.join(dir, "log.pub"),
    master: path.join(dir, "data.key"),
  };
}

function loadSigningKey(dir: string, override: string | undefined): SigningKey {
  if (override !== undefined) {
    return parseKey(parseSigningKey, override.trim(), "The configured signing key of the log");
  }
  const { signing } = keyFiles(dir);
  // A log is told from another by its origin; random, because a data folder has no name of its own.
  const draw = () => generateKey(`countersign.local/${randomBytes(4).toString("hex")}`);
  return parseKey(
    parseSigningKey,
    readOrCreate(dir, signing, () => formatSigningKey(draw())),
    signing,
  );
}

function publishVerifierKey(dir: string, verifierKey: string): void {
  const { verifier } = keyFiles(dir);
  const published = readKeyFile(verifier, publicMode);
  if (published === null) createKeyFile(verifier, verifierKey, publicMode);
  else if (published !== verifierKey) {
    throw invalidKey(verifier, "does not belong to the log's signing key");
  }
}

function loadMaster(dir: string): Uint8Array {
  const { master } = keyFiles(dir);
  const text = readOrCreate(dir, master, () => randomBytes(masterBytes).toString("hex"));
  if (!/^[0-9a-f]{64}$/.test(text)) throw invalidKey(master, "does not hold a key");
  return Buffer.from(text, "hex");
}

const masterBytes = 32;

function readOrCreate(dir: string, file: string, draw: () => string): string {
  const present = readKeyFile(file, privateMode);
  if (present !== null) return present;
  if (fs.existsSync(storeFiles(dir).database)) {
    throw invalidKey(file, "is missing, and the data folder can't be used without it");
  }
  createKeyFile(file, draw(), privateMode);
  // Read back: of processes that start at once, all take the key of the one that was first.
  const created = readKeyFile(file, privateMode);
  if (created === null) throw invalidKey(file, "vanished while it was created");
  return created;
}

function parseKey<Key>(parse: (text: string) => Key, text: string, where: string): Key {
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause;
    throw invalidKey(where, `does not hold a key that can be used: ${cause.message}`, cause);
  }
}
