/** What the connections of a configuration name is read here once: credentials, and certificates. */
import { dirname, resolve } from "node:path";
import { Secret } from "#/core/secret.ts";
import type { ToolCredential } from "#/core/tool-credential.ts";
import { isLoopback } from "#/platform/loopback.ts";
import type { Place } from "./problems.ts";
import { fitsHeader, noHeaderCarries, type SecretReference } from "./read-secret.ts";
import type { ConfigFile } from "./schema.ts";

type Connection = ConfigFile["connections"][number];
type Written<Kind extends Connection["kind"]> = Extract<Connection, { readonly kind: Kind }>;

export interface PostgresConnectionConfig extends Omit<Written<"postgres">, "upstream"> {
  readonly upstream: Omit<Written<"postgres">["upstream"], "password" | "tls"> & {
    readonly password: Secret | null;
    readonly tls: UpstreamTls;
  };
}

export interface McpConnectionConfig extends Omit<Written<"mcp">, "upstream"> {
  readonly upstream: HttpServerConfig | StdioServerConfig | ClientServerConfig;
}

export type ConnectionConfig = PostgresConnectionConfig | McpConnectionConfig;

export interface HttpServerConfig {
  readonly kind: "http";
  readonly url: string;
  readonly credential: ToolCredential;
  readonly tls: Pick<Extract<UpstreamTls, { mode: "verify-full" }>, "ca" | "certificate" | "key">;
}

export interface StdioServerConfig {
  readonly kind: "stdio";
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string | Secret>>;
  readonly cwd: string;
}

/** Started by agents' clients. */
export interface ClientServerConfig {
  readonly kind: "client";
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

export interface ReadingConnections {
  /** Of the file itself, to which its paths are relative. */
  readonly path: string;
  readonly read: (reference: SecretReference, field: Place) => Promise<Secret>;
  readonly complain: (field: Place, problem: string) => void;
}

export function readConnections(
  connections: readonly Connection[],
  reading: ReadingConnections,
): Promise<readonly ConnectionConfig[]> {
  return Promise.all(
    connections.map((connection, index) => {
      const at = ["connections", index, "upstream"];
      return connection.kind === "mcp"
        ? readMcp(connection, at, reading)
        : readPostgres(connection, at, reading);
    }),
  );
}

async function readPostgres(
  connection: Written<"postgres">,
  at: Place,
  { read, complain }: ReadingConnections,
): Promise<PostgresConnectionConfig> {
  const { upstream } = connection;
  const showsItself = upstream.tls?.mode === "verify-full" && upstream.tls.certificate !== null;
  if (upstream.password === null && !showsItself) {
    complain(at, "needs a password, or a tls.certificate to sign in with");
  }
  const optional = reader(read);
  const password = await optional(upstream.password, [...at, "password"]);
  const tls = await readUpstreamTls(upstream, [...at, "tls"], optional);
  return { ...connection, upstream: { ...upstream, password, tls } };
}

async function readMcp(
  connection: Written<"mcp">,
  at: Place,
  reading: ReadingConnections,
): Promise<McpConnectionConfig> {
  const { url, credential, tls } = connection.upstream;
  const { read, complain } = reading;
  if (url === undefined) {
    if (credential !== null) complain(at, "has a credential, which is for a url");
    const upstream = await readProgram(connection.upstream, at, reading);
    return { ...connection, upstream };
  }
  const isEncrypted = url.startsWith("https:") || isLoopback(new URL(url).hostname);
  if (!isEncrypted && credential !== null) {
    complain(at, "would send its credential unencrypted: use a URL that begins with https");
  }
  const optional = reader(read);
  const ca = await optional(tls.ca, [...at, "tls", "ca"]);
  const certificate = await optional(tls.certificate, [...at, "tls", "certificate"]);
  const key = await optional(tls.key, [...at, "tls", "key"]);
  return {
    ...connection,
    upstream: {
      kind: "http",
      url,
      credential: await readCredential(credential, url, [...at, "credential"], reading),
      tls: { ca: ca?.reveal() ?? null, certificate: certificate?.reveal() ?? null, key },
    },
  };
}

async function readProgram(
  { command, env, cwd }: Written<"mcp">["upstream"],
  at: Place,
  { read, path, complain }: ReadingConnections,
): Promise<StdioServerConfig | ClientServerConfig> {
  const [program, ...args] = command ?? [];
  if (program === undefined) {
    const isSaid = Object.keys(env).length > 0 || cwd !== null;
    if (isSaid) complain(at, "has env or cwd, which are for a command");
    return { kind: "client" };
  }
  const entries = Object.entries(env).map(async ([name, value]) => {
    const isText = typeof value === "string";
    return [name, isText ? value : await read(value, [...at, "env", name])] as const;
  });
  return {
    kind: "stdio",
    command: [program, ...args],
    env: Object.fromEntries(await Promise.all(entries)),
    cwd: resolve(dirname(resolve(path)), cwd ?? "."),
  };
}

async function readCredential(
  credential: Written<"mcp">["upstream"]["credential"],
  url: string,
  at: Place,
  { read, complain }: ReadingConnections,
): Promise<ToolCredential> {
  if (credential === null) return { kind: "none" };
  const { bearer, header, value, oauth } = credential;
  const sent = async (reference: SecretReference, field: Place, prefix: string) => {
    const secret = await read(reference, field);
    if (!fitsHeader(secret)) complain(field, noHeaderCarries);
    return new Secret(prefix + secret.reveal());
  };
  if (bearer !== undefined) {
    const token = await sent(bearer, [...at, "bearer"], "Bearer ");
    return { kind: "header", name: "authorization", value: token };
  }
  if (header !== undefined && value !== undefined) {
    return { kind: "header", name: header, value: await sent(value, [...at, "value"], "") };
  }
  if (oauth === undefined) return { kind: "none" };
  if (!oauth.tokenUrl.startsWith("https:") && !isLoopback(new URL(oauth.tokenUrl).hostname)) {
    complain([...at, "oauth", "tokenUrl"], "begins with https");
  }
  const clientSecret = await read(oauth.clientSecret, [...at, "oauth", "clientSecret"]);
  return { kind: "oauth", ...oauth, clientSecret, resource: oauth.resource ?? url };
}

type ReadOptional = (reference: SecretReference | null, field: Place) => Promise<Secret | null>;

function reader(read: ReadingConnections["read"]): ReadOptional {
  return (reference, field) =>
    reference === null ? Promise.resolve(null) : read(reference, field);
}

async function readUpstreamTls(
  { host, tls }: Written<"postgres">["upstream"],
  field: Place,
  read: ReadOptional,
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
