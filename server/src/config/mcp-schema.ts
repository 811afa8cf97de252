/** A connection to a tool server. */
import { z } from "zod";
import { toolClasses } from "#/core/facts.ts";
import { connectionFields, file, secret } from "./schema-fields.ts";

/** Of what stands in the header of a request. */
const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, "is no name of a header")
  .refine(
    (text) => !/^(?:host|content-|connection|transfer-|mcp-|accept|te$|upgrade)/i.test(text),
    {
      error: "is a header that the protocol uses itself",
    },
  );

const httpUrl = z
  .url({ protocol: /^https?$/ })
  .refine((url) => !url.includes("@") && !url.includes("#"), {
    error: "holds no credential and no fragment: write the credential under `credential`",
  });

const oauth = z.strictObject({
  tokenUrl: httpUrl.describe("Where tokens are asked for"),
  clientId: z.string().min(1).max(255).describe("The gateway's own id there"),
  clientSecret: secret.describe("Its secret"),
  scope: z.string().min(1).max(1000).nullable().default(null).describe("What is asked for"),
  resource: httpUrl
    .nullable()
    .default(null)
    .describe("The server that the token is for (RFC 8707); default the URL"),
});

const credential = z
  .strictObject({
    bearer: secret.optional().describe("A token, sent as `Authorization: Bearer`"),
    header: headerName.optional().describe("Name of a header, whose value is the credential"),
    value: secret.optional().describe("Its value"),
    oauth: oauth.optional().describe("OAuth 2 client credentials: tokens are fetched and kept"),
  })
  .refine(
    ({ bearer, header, oauth: client }) =>
      [bearer, header, client].filter((each) => each !== undefined).length === 1,
    { error: "is one of `bearer`, `header` with `value`, and `oauth`" },
  )
  .refine(({ header, value }) => (header === undefined) === (value === undefined), {
    error: "header and value go together",
  })
  .nullable()
  .default(null)
  .describe("With which credential the gateway comes to the server; default none");

const tls = z
  .strictObject({
    ca: file
      .nullable()
      .default(null)
      .describe("Certificates of the authorities to trust; default the well-known ones"),
    certificate: file
      .nullable()
      .default(null)
      .describe("The gateway's own certificate, for servers that ask for one"),
    key: secret.nullable().default(null).describe("Its private key, without a password"),
  })
  .refine(({ certificate, key }) => (certificate === null) === (key === null), {
    error: "certificate and key go together",
  })
  .prefault({})
  .describe("TLS towards a server whose URL begins with https");

const environmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, "is no variable's name");

const upstream = z
  .strictObject({
    url: httpUrl.optional().describe("Of a server over streamable HTTP"),
    credential,
    tls,
    command: z
      .array(z.string().min(1).max(4096))
      .min(1)
      .max(100)
      .optional()
      .describe("Program and arguments of a server that the gateway starts and speaks to on stdio"),
    env: z
      .record(environmentName, z.union([z.string().max(32_768), secret]))
      .default({})
      .describe(
        "Its environment, each variable a text or a secret by reference; nothing is inherited but PATH, HOME and the like",
      ),
    cwd: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe("Its working folder, relative to this file; default the folder of this file"),
    client: z
      .literal(true)
      .optional()
      .describe(
        "true: agents' clients start the server on their own machines, by `countersign mcp -- COMMAND`",
      ),
  })
  .refine(
    ({ url, command, client }) =>
      [url, command, client].filter((each) => each !== undefined).length === 1,
    { error: "is one of `url`, `command` and `client: true`" },
  );

/** What the owner takes a tool for; `unknown` is nothing to say. */
const saidClasses = toolClasses.filter((each) => each !== "unknown");

export const mcpConnection = z.strictObject({
  ...connectionFields,
  kind: z.literal("mcp").describe("The protocol"),
  upstream: upstream.describe("Where it leads, and with which credential"),
  allow: z
    .strictObject({
      sampling: z.boolean().default(false).describe("Ask the agent's model; default false"),
      elicitation: z
        .boolean()
        .default(false)
        .describe("Ask the person at the agent; default false"),
    })
    .prefault({})
    .describe("What the server may ask of an agent's client"),
  tools: z
    .record(z.string().min(1).max(200), z.enum(saidClasses))
    .default({})
    .describe(
      "What its tools are, by their names, where its owner knows better than the gateway: read, write, destructive or send",
    ),
});
