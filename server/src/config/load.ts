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
import type { z } from "zod";
import { GatewayError } from "#/core/errors.ts";
import type { Digest } from "#/core/ids.ts";
import { Secret } from "#/core/secret.ts";
import { isLoopback } from "#/platform/loopback.ts";
import { type ConfigFile, configSchema } from "./schema.ts";

type Connection = ConfigFile["connections"][number];

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
  readonly connections: readonly (Omit<Connection, "upstream"> & {
    readonly upstream: Omit<Connection["upstream"], "password" | "tls"> & {
      readonly password: Secret | null;
      readonly tls: UpstreamTls;
    };
  })[];
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

export type UpstreamTls =
  | { readonly mode: "disable" }
  | {
      readonly mode: "verify-full";
      /** PEM, as the rest. */
      readonly ca: string | null;
      readonly certificate: string | null;
      readonly key: Secret | null;
      readonly serverName: string | null;
    };

export type Environment = Readonly<Record<string, string | undefined>>;

const configBytesMax = 4 * 1024 * 1024;
const secretBytesMax = 256 * 1024;

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
  const locate = (at: readonly PropertyKey[], problem: string) =>
    `${path}:${lineOf(document, lines, at)} ${fieldName(at)}${problem}`;
  const raw = resolved(document, path);
  const parsed = configSchema.safeParse(raw);
  const ports = readPorts(environment);
  const references = checkReferences(raw).map(([at, problem]) => locate(at, problem));
  if (!parsed.success) {
    const issues = parsed.error.issues.flatMap((issue) =>
      describe(issue).map(([at, problem]) => locate(at, problem)),
    );
    const secrets = await missingSecrets(raw, path, environment);
    const missing = secrets.map(([at, problem]) => locate(at, problem));
    throw invalid(path, [...issues, ...references, ...missing, ...ports.problems]);
  }
  const { listen } = parsed.data;
  const problems = [...references, ...ports.problems];
  const read = (reference: SecretReference, field: readonly PropertyKey[]) =>
    readSecret(reference, field, path, environment, (problem) =>
      problems.push(locate(field, problem)),
    );
  const readOptional = (reference: SecretReference | null, field: readonly PropertyKey[]) =>
    reference === null ? null : read(reference, field);
  const connections = await Promise.all(
    parsed.data.connections.map(async (connection, index) => {
      const { upstream } = connection;
      const at = ["connections", index, "upstream"];
      const showsItself = upstream.tls?.mode === "verify-full" && upstream.tls.certificate !== null;
      if (upstream.password === null && !showsItself) {
        problems.push(locate(at, "needs a password, or a tls.certificate to sign in with"));
      }
      const password = await readOptional(upstream.password, [...at, "password"]);
      const tls = await readUpstreamTls(upstream, [...at, "tls"], readOptional);
      return { ...connection, upstream: { ...upstream, password, tls } };
    }),
  );
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

type SecretReference = NonNullable<ConfigFile["log"]["signingKey"]>;
type Read = (reference: SecretReference, field: readonly PropertyKey[]) => Promise<Secret>;

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

async function readUpstreamTls(
  { host, tls }: Connection["upstream"],
  field: readonly PropertyKey[],
  read: (
    reference: SecretReference | null,
    field: readonly PropertyKey[],
  ) => Promise<Secret> | null,
): Promise<UpstreamTls> {
  if (tls === null ? isLoopback(host) : tls.mode === "disable") return { mode: "disable" };
  const ca = await read(tls?.ca ?? null, [...field, "ca"]);
  const certificate = await read(tls?.certificate ?? null, [...field, "certificate"]);
  return {
    mode: "verify-full",
    ca: ca?.reveal() ?? null,
    certificate: certificate?.reveal() ?? null,
    key: await read(tls?.key ?? null, [...field, "key"]),
    serverName: tls?.serverName ?? null,
  };
}

/** A path in the file is relative to it. */
function besides(path: string, file: string): string {
  return resolve(dirname(resolve(path)), file);
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

/** Where, and what is wrong there. */
type Problem = readonly [at: readonly PropertyKey[], problem: string];

/** What one part says of another; looked at in whatever the file holds, so that it is told with all the rest. */
function checkReferences(raw: unknown): readonly Problem[] {
  const people = namesIn(raw, "people");
  const owners = itemsIn(raw, "agents").map(({ owner }) => owner);
  return [
    ...duplicates("people", people),
    ...duplicates("agents", namesIn(raw, "agents")),
    ...duplicates("connections", namesIn(raw, "connections")),
    ...owners.flatMap((owner, index): readonly Problem[] => {
      if (typeof owner !== "string" || people.includes(owner)) return [];
      return [[["agents", index, "owner"], `"${owner}" is not among the people`]];
    }),
  ];
}

type Item = Readonly<Record<string, unknown>>;

function itemsIn(raw: unknown, list: string): readonly Item[] {
  const items = isItem(raw) ? raw[list] : null;
  return Array.isArray(items) ? items.map((item: unknown) => (isItem(item) ? item : {})) : [];
}

function namesIn(raw: unknown, list: string): readonly unknown[] {
  return itemsIn(raw, list).map((item) => item["name"]);
}

function isItem(value: unknown): value is Item {
  return typeof value === "object" && value !== null;
}

function duplicates(list: string, names: readonly unknown[]): readonly Problem[] {
  return names.flatMap((name, index): readonly Problem[] => {
    if (typeof name !== "string" || names.indexOf(name) === index) return [];
    return [[[list, index, "name"], `"${name}" is there twice`]];
  });
}

/** The line of the innermost part that the file has. */
function lineOf(document: Document, lines: LineCounter, at: readonly PropertyKey[]): number {
  for (let depth = at.length; depth > 0; depth -= 1) {
    const node: unknown = document.getIn(at.slice(0, depth), true);
    const range = (node as { readonly range?: readonly number[] } | undefined)?.range;
    if (range?.[0] !== undefined) return lines.linePos(range[0]).line;
  }
  return 1;
}

function fieldName(at: readonly PropertyKey[]): string {
  const parts = at.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`));
  const name = parts.join("").replace(/^\./, "");
  return name === "" ? "" : `${name}: `;
}

/** Of a file that has other problems, wherever it names a secret or a certificate. */
async function missingSecrets(
  raw: unknown,
  path: string,
  environment: Environment,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const [at, reference] of referencesIn(raw, [])) {
    await readSecret(reference, at, path, environment, (problem) => problems.push([at, problem]));
  }
  return problems;
}

type Place = readonly PropertyKey[];

function referencesIn(raw: unknown, at: Place): readonly (readonly [Place, SecretReference])[] {
  if (!isItem(raw)) return [];
  const [first, ...others] = Object.entries(raw);
  if (first !== undefined && others.length === 0 && typeof first[1] === "string") {
    if (first[0] === "env") return [[at, { env: first[1] }]];
    if (first[0] === "file") return [[at, { file: first[1] }]];
  }
  return Object.entries(raw).flatMap(([key, value]) =>
    referencesIn(value, [...at, Array.isArray(raw) ? Number(key) : key]),
  );
}

async function readSecret(
  reference: SecretReference,
  field: readonly PropertyKey[],
  path: string,
  environment: Environment,
  complain: (problem: string) => void,
): Promise<Secret> {
  if ("env" in reference) {
    const value = environment[reference.env];
    if (value === undefined || value === "") {
      complain(`the environment variable ${reference.env} is not set`);
    }
    return new Secret(value ?? "");
  }
  const file = besides(path, reference.file);
  try {
    if ((await stat(file)).size > secretBytesMax) throw new Error("too large");
    return new Secret((await readFile(file, "utf8")).replace(/\r?\n$/, ""));
  } catch {
    complain(`the file ${file} can't be read`);
    return new Secret("");
  }
}

function describe(issue: z.core.$ZodIssue): readonly Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key): Problem => [[...issue.path, key], "is not a setting"]);
  }
  const missing = issue.code === "invalid_type" && issue.message.endsWith("received undefined");
  return [[issue.path, missing ? "is missing" : issue.message]];
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

function invalid(path: string, problems: readonly string[]): GatewayError {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return new GatewayError(
    "config.invalid",
    `The configuration ${path} has ${count}:\n${problems.map((each) => `  ${each}`).join("\n")}`,
    { details: { problems } },
  );
}
