/**
 * Reads the configuration once, to a readonly `Config` whose secrets are resolved and wrapped.
 *
 * Guarantees that all problems are reported at once, with their lines, and that nothing starts until there
 * are none.
 */
import { hash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type Document, LineCounter, parseDocument } from "yaml";
import { GatewayError } from "#/core/errors.ts";
import type { Digest } from "#/core/ids.ts";
import { Secret } from "#/core/secret.ts";
import { checkReferences } from "./check-references.ts";
import { fieldName, invalid, lineOf, type Place, problemsOf } from "./problems.ts";
import { type ConnectionConfig, readConnections } from "./read-connections.ts";
import {
  besides,
  type Environment,
  missingSecrets,
  readSecret,
  type SecretReference,
} from "./read-secret.ts";
import { type ConfigFile, configSchema } from "./schema.ts";

export interface Config
  extends Pick<ConfigFile, "publicUrl" | "people" | "agents" | "limits" | "reveal"> {
  /** SHA-256 of the file's text, for the record. */
  readonly digest: Digest;
  readonly dataDir: string;
  readonly policyDir: string;
  readonly signingKey: Secret | null;
  readonly listen: Pick<ConfigFile["listen"], "api"> & {
    readonly postgres: Omit<ConfigFile["listen"]["postgres"], "tls"> & {
      readonly tls: ListenerTls;
    };
  };
  readonly connections: readonly ConnectionConfig[];
}

export interface ListenerTls {
  /** Null: clients from other machines must use TLS. */
  readonly required: boolean | null;
  /** Null: self-signed. Absolute paths, which are read again when what they lead to changes. */
  readonly identity: {
    readonly certificateFile: string;
    readonly key: { readonly file: string } | { readonly secret: Secret };
  } | null;
}

const configBytesMax = 4 * 1024 * 1024;

/** Paths in the file are relative to it. Throws `config.unreadable` or `config.invalid`. */
export async function loadConfig(path: string, environment: Environment): Promise<Config> {
  return parseConfig(await readBounded(path), path, environment);
}

/** `path` names the file in problems and is what its relative paths are relative to. */
export async function parseConfig(
  text: string,
  path: string,
  environment: Environment,
): Promise<Config> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  if (document.errors.length > 0) {
    const described = document.errors.map(({ message, pos }) => {
      return `${path}:${lines.linePos(pos[0]).line} ${message.split("\n")[0]?.replace(/:$/, "")}`;
    });
    throw invalid(path, described);
  }
  const locate = (at: Place, problem: string) =>
    `${path}:${lineOf(document, lines, at)} ${fieldName(at)}${problem}`;
  const raw = resolved(document, path);
  const parsed = configSchema.safeParse(raw);
  const ports = readPorts(environment);
  const references = checkReferences(raw).map(([at, problem]) => locate(at, problem));
  if (!parsed.success) {
    const issues = parsed.error.issues.flatMap((issue) =>
      problemsOf(issue).map(([at, problem]) => locate(at, problem)),
    );
    const secrets = await missingSecrets(raw, path, environment);
    const missing = secrets.map(([at, problem]) => locate(at, problem));
    throw invalid(path, [...issues, ...references, ...missing, ...ports.problems]);
  }
  const { listen } = parsed.data;
  const problems = [...references, ...ports.problems];
  const read = (reference: SecretReference, field: Place) =>
    readSecret(reference, field, path, environment, (problem) =>
      problems.push(locate(field, problem)),
    );
  const complain = (field: Place, problem: string) => problems.push(locate(field, problem));
  const connections = await readConnections(parsed.data.connections, { path, read, complain });
  const tls = await readListenerTls(parsed.data.listen.postgres.tls, path, read);
  const { copyBytesMax, spoolBytesMax } = parsed.data.limits;
  if (copyBytesMax > spoolBytesMax) {
    const why = `is more than limits.spoolBytesMax (${spoolBytesMax}), which all of them share`;
    problems.push(locate(["limits", "copyBytesMax"], why));
  }
  const { signingKey } = parsed.data.log;
  const key = signingKey === null ? null : await read(signingKey, ["log", "signingKey"]);
  if (problems.length > 0) throw invalid(path, problems);
  const { publicUrl, people, agents, limits, reveal } = parsed.data;
  const base = dirname(resolve(path));
  return {
    digest: hash("sha256", text, "hex") as Digest,
    // Relative to the working folder, as a shell's user means it.
    dataDir: resolve(environment["COUNTERSIGN_DATA"] || resolve(base, parsed.data.dataDir)),
    policyDir: resolve(base, parsed.data.policies),
    signingKey: key,
    listen: {
      api: { ...listen.api, port: ports.api ?? listen.api.port },
      postgres: { ...listen.postgres, port: ports.postgres ?? listen.postgres.port, tls },
    },
    publicUrl,
    people,
    agents,
    limits,
    reveal,
    connections,
  };
}

/** What leads nowhere is not quoted: it may be a password that begins with an asterisk. */
function resolved(document: Document, path: string): unknown {
  try {
    return (document.toJS({ maxAliasCount: 100 }) as unknown) ?? {};
  } catch {
    const problem = "an alias (* and a name) leads nowhere, or there are too many of them";
    throw invalid(path, [`${path}: ${problem}; put a text that begins with * in quotes`]);
  }
}

type Read = (reference: SecretReference, field: Place) => Promise<Secret>;

/** Files are read here once, so that one that can't be is a problem like any other. */
async function readListenerTls(
  { certificate, key, required }: ConfigFile["listen"]["postgres"]["tls"],
  path: string,
  read: Read,
): Promise<ListenerTls> {
  if (certificate === null || key === null) return { required, identity: null };
  const field = ["listen", "postgres", "tls"];
  await read(certificate, [...field, "certificate"]);
  const secret = await read(key, [...field, "key"]);
  return {
    required,
    identity: {
      certificateFile: besides(path, certificate.file),
      key: "file" in key ? { file: besides(path, key.file) } : { secret },
    },
  };
}

/** Those that a machine's environment may change; null where it does not. */
function readPorts(environment: Environment) {
  const problems: string[] = [];
  const portOf = (variable: string) => {
    const text = environment[variable];
    if (text === undefined || text === "") return null;
    const port = Number(text);
    if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
    problems.push(`${variable} is not a port, which is a number from 0 to 65535`);
    return null;
  };
  const api = portOf("COUNTERSIGN_CONSOLE_PORT");
  return { api, postgres: portOf("COUNTERSIGN_POSTGRES_PORT"), problems };
}

async function readBounded(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > configBytesMax) throw new Error("larger than 4 MiB");
    return await readFile(path, "utf8");
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? "unreadable";
    throw new GatewayError(
      "config.unreadable",
      `The configuration ${path} can't be read (${why}).`,
      {
        cause,
      },
    );
  }
}
