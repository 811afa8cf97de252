/**
 * `countersign.yaml`: one schema, from which the loader, the reference page and an editor's completion come.
 *
 * Secrets never stand in the file: they are named, as an environment variable or a file.
 */
import { z } from "zod";
import { mcpConnection } from "./mcp-schema.ts";
import { postgresConnection } from "./postgres-schema.ts";
import { file, host, name, port, reveal, secret } from "./schema-fields.ts";

const listenerTls = z
  .strictObject({
    certificate: file
      .nullable()
      .default(null)
      .describe(
        "The certificate, with those between it and its authority; default a self-signed one, made in the data folder",
      ),
    key: secret.nullable().default(null).describe("Its private key, without a password"),
    required: z
      .boolean()
      .nullable()
      .default(null)
      .describe("Whether clients must use TLS; default only those from other machines"),
  })
  .refine(({ certificate, key }) => (certificate === null) === (key === null), {
    error: "certificate and key go together",
  })
  .prefault({})
  .describe("TLS towards clients");

const listener = (purpose: string, defaultPort: number) =>
  z.strictObject(listenerFields(defaultPort)).prefault({}).describe(purpose);

const listenerFields = (defaultPort: number) => ({
  host: host.default("127.0.0.1").describe("Address to listen on; default 127.0.0.1"),
  port: port.default(defaultPort).describe(`Port; 0 takes a free one; default ${defaultPort}`),
});

const person = z.strictObject({
  name: name.describe("How the person is shown and named on the command line"),
  groups: z.array(name).max(100).default([]).describe("Groups whose quorum the person can fill"),
  administrator: z
    .boolean()
    .default(false)
    .describe(
      "May make sign-in links and agents' tokens; gives no right to decide on reviews; default false",
    ),
});

const agent = z.strictObject({
  name: name.describe("User name of the agent's connection string"),
  owner: name
    .nullable()
    .default(null)
    .describe("The person who answers for it, and can never approve for it"),
  groups: z.array(name).max(100).default([]).describe("Groups for policies to name"),
});

const connection = z.discriminatedUnion("kind", [postgresConnection, mcpConnection]);

const limits = z
  .strictObject({
    holdMaxMs: z
      .int()
      .min(1000)
      .max(86_400_000)
      .default(1_800_000)
      .describe(
        "How long a client is kept waiting before its review goes on without it; default 1800000 (30 minutes)",
      ),
    holdInTransactionMaxMs: z
      .int()
      .min(1000)
      .max(86_400_000)
      .default(300_000)
      .describe(
        "The same for a client that waits in a transaction of its own, whose locks others may need; default 300000 (5 minutes)",
      ),
    reviewsOpenMax: z
      .int()
      .min(1)
      .max(10_000)
      .default(100)
      .describe("Pending reviews of one principal; default 100"),
    clientsMax: z
      .int()
      .min(1)
      .max(100_000)
      .default(1000)
      .describe("PostgreSQL clients at a time; default 1000"),
    messageBytesMax: z
      .int()
      .min(1024)
      .max(1_073_741_823)
      .default(16_777_216)
      .describe("Largest message that is decided on; default 16777216 (16 MiB)"),
    copyBytesMax: z
      .int()
      .min(1024)
      .max(1_099_511_627_776)
      .default(268_435_456)
      .describe(
        "Data of one COPY FROM STDIN that waits for people; default 268435456 (256 MiB). One that is allowed has no bound",
      ),
    spoolBytesMax: z
      .int()
      .min(1024)
      .max(1_099_511_627_776)
      .default(1_073_741_824)
      .describe("Data of all of them, in the data folder; default 1073741824 (1 GiB)"),
    sessionIdleMs: z
      .int()
      .min(300_000)
      .max(86_400_000)
      .default(1_800_000)
      .describe(
        "How long a browser stays signed in without anybody's using it; default 1800000 (30 minutes)",
      ),
    sessionMaxMs: z
      .int()
      .min(300_000)
      .max(604_800_000)
      .default(28_800_000)
      .describe("How long a sign-in lasts at most; default 28800000 (8 hours)"),
  })
  .prefault({})
  .describe("Bounds");

export const configSchema = z.strictObject({
  dataDir: z
    .string()
    .min(1)
    .default(".countersign")
    .describe(
      "Folder of the store, the log and the keys; default .countersign; COUNTERSIGN_DATA overrides it",
    ),
  policies: z
    .string()
    .min(1)
    .default("policies")
    .describe("Folder of *.cedar files; default policies"),
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .refine((url) => !url.includes("@"), {
      error: "is told to everybody, and holds no credential: leave out what stands before @",
    })
    .nullable()
    .default(null)
    .describe("Where people reach the gateway; default the API's own address"),
  listen: z
    .strictObject({
      api: listener("API and console; COUNTERSIGN_CONSOLE_PORT overrides the port", 7070),
      postgres: z
        .strictObject({ ...listenerFields(7432), tls: listenerTls })
        .prefault({})
        .describe("PostgreSQL clients; COUNTERSIGN_POSTGRES_PORT overrides the port"),
    })
    .prefault({})
    .describe("Listeners"),
  log: z
    .strictObject({
      signingKey: secret
        .nullable()
        .default(null)
        .describe("The log's signing key; default a key made in the data folder"),
    })
    .prefault({})
    .describe("The audit log"),
  people: z
    .array(person)
    .min(1)
    .max(100_000)
    .describe("Who can decide, by name, until an identity provider is configured"),
  agents: z.array(agent).min(1).max(100_000).describe("Who can act"),
  connections: z.array(connection).min(1).max(1000).describe("What can be acted on"),
  reveal: reveal.describe(
    "Who may see what stands masked in reviews, field by field and on record; default nobody",
  ),
  limits,
});

export type ConfigFile = z.output<typeof configSchema>;

/** Every field as a dotted path, `people[].name`, for the reference page and its test. */
export function configFields(): readonly string[] {
  const schema: unknown = z.toJSONSchema(configSchema, { io: "input" });
  return fieldsOf(schema as SchemaNode, "");
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
}

function fieldsOf(node: SchemaNode, path: string): readonly string[] {
  const own = Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const at = path === "" ? key : `${path}.${key}`;
    return [at, ...fieldsOf(child, at)];
  });
  const items = node.items === undefined ? [] : fieldsOf(node.items, `${path}[]`);
  const forms = [...(node.anyOf ?? []), ...(node.oneOf ?? [])];
  return [...new Set([...own, ...items, ...forms.flatMap((each) => fieldsOf(each, path))])];
}
