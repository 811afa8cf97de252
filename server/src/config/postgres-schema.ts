/** A connection to a PostgreSQL database. */
import { z } from "zod";
import { columnMarkForm } from "#/core/column-mark.ts";
import { previewModes } from "#/core/effect.ts";
import { sampleModes } from "#/core/sample.ts";
import { connectionFields, file, host, port, secret } from "./schema-fields.ts";

const upstreamTls = z
  .strictObject({
    mode: z
      .enum(["verify-full", "disable"])
      .default("verify-full")
      .describe(
        "verify-full: TLS to a server whose certificate is trusted and for its name; disable: none; default verify-full",
      ),
    ca: file
      .nullable()
      .default(null)
      .describe("Certificates of the authorities to trust; default the well-known ones"),
    serverName: host
      .nullable()
      .default(null)
      .describe("Name that the certificate has to be for; default the host"),
    certificate: file
      .nullable()
      .default(null)
      .describe("The gateway's own certificate, for servers that ask for one"),
    key: secret.nullable().default(null).describe("Its private key, without a password"),
  })
  .refine(({ certificate, key }) => (certificate === null) === (key === null), {
    error: "certificate and key go together",
  })
  .nullable()
  .default(null)
  .describe("TLS towards the server; default verify-full, and none where the host is this machine");

const upstream = z.strictObject({
  host: host.describe("Address of the database server"),
  port: port.default(5432).describe("Its port; default 5432"),
  database: z.string().min(1).max(63).describe("Name of the database"),
  user: z
    .string()
    .min(1)
    .max(63)
    .describe("Role that the gateway signs in with; neither superuser nor BYPASSRLS"),
  password: secret
    .nullable()
    .default(null)
    .describe("Its password, by reference; may be missing where `tls.certificate` signs in"),
  tls: upstreamTls,
});

const columnMark = z
  .string()
  .max(200)
  .regex(
    columnMarkForm,
    'write schema.relation.column, each of them a name, * for any, or a name in double quotes: public."Order Lines".*',
  );

export const postgresConnection = z.strictObject({
  kind: z.literal("postgres").describe("The protocol"),
  ...connectionFields,
  upstream: upstream.describe("Where it leads, and with which credential"),
  preview: z
    .enum(previewModes)
    .default("estimate")
    .describe(
      "What reviewers are told of the effect of what waits: none, the planner's estimate, or measured: the rows of a run that is rolled back, which takes locks and draws from sequences, with some of these rows, masked; default estimate",
    ),
  sample: z
    .enum(sampleModes)
    .default("masked")
    .describe(
      "Whether a measured effect shows some of its rows to those who may read reviews: masked, or none; default masked",
    ),
  sensitive: z
    .array(columnMark)
    .max(1000)
    .default([])
    .describe(
      "Columns to point out to whoever decides on a read, never to show in rows before and after, and to count as masked where policies ask for masked use: schema.relation.column, each a name or *, such as public.payments.*; names in any case, exactly in double quotes",
    ),
  unsafe: z
    .boolean()
    .default(false)
    .describe(
      "Takes an upstream role that is superuser, bypasses row security or may use server files; default false",
    ),
});
