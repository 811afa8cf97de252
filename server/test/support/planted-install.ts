/** What a gateway is installed with, a value planted in each part: its environment, configuration, keys and policies. */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { formatSigningKey, generateKey } from "@countersign/tlog/note";
import { type Folder, makeFolder } from "./gateway.ts";
import type { TestPostgres } from "./postgres.ts";
import { makeAuthority } from "./test-authority.ts";

export interface Installed {
  readonly environment: Readonly<Record<string, string>>;
  readonly label: string;
  readonly policyReason: string;
  readonly policyComment: string;
  readonly person: string;
  readonly tlsKey: string;
  readonly signingKey: string;
}

/** What nothing else in the world says. Lower case, so that it can be a name of anything. */
export function drawn(): string {
  const letters = "abcdefghijklmnopqrstuvwxyz234567";
  return `p${[...randomBytes(31)].map((byte) => letters[byte & 31]).join("")}`;
}

export function install(): Installed {
  const { key, certificate } = makeAuthority("authority of the test").issue(["127.0.0.1"]);
  const signingKey = formatSigningKey(generateKey("planted.example/log"));
  return {
    environment: {
      LOG_KEY: signingKey,
      TLS_KEY: key,
      TLS_CERTIFICATE: certificate,
      SOMETHING_ELSE: drawn(),
    },
    label: drawn(),
    policyReason: drawn(),
    policyComment: drawn(),
    person: drawn(),
    tlsKey: key,
    signingKey,
  };
}

export async function configure(
  postgres: TestPostgres,
  installed: Installed,
  tools: readonly object[],
): Promise<Folder> {
  const { host, port, user, database } = postgres;
  const connection = {
    name: "shop",
    kind: "postgres",
    environment: "test",
    labels: { planted: installed.label },
    preview: "measured",
    sensitive: ["public.notes.marked"],
    upstream: { host, port, database, user, password: { env: "SHOP_PASSWORD" } },
  };
  const folder = await makeFolder(postgres, {
    policies: rules(installed),
    config: {
      listen: {
        api: { port: 0 },
        postgres: {
          port: 0,
          tls: { certificate: { file: "certificate.pem" }, key: { env: "TLS_KEY" } },
        },
      },
      log: { signingKey: { env: "LOG_KEY" } },
      reveal: [{ groups: ["dba"], entities: ["email"] }],
      connections: [connection, ...tools],
      people: [
        { name: "ada", groups: ["dba"] },
        { name: "root", groups: [], administrator: true },
        { name: installed.person, groups: [] },
      ],
    },
  });
  const certificate = installed.environment["TLS_CERTIFICATE"] ?? "";
  await writeFile(join(folder.path, "certificate.pem"), certificate);
  return folder;
}

/** Reads and calls of what says so run, masked; nothing is dropped, all else waits for one. */
function rules({ policyReason, policyComment }: Installed): string {
  return `
// ${policyComment}
@id("reads-run") @reason("Reading is allowed at once.") @mask("iban, public.notes.marked")
permit (principal, action == Countersign::Action::"sql.read", resource);

@id("the-rest-waits") @review("1 of dba") @reason("${policyReason}")
permit (principal, action, resource)
unless {
  action == Countersign::Action::"sql.read" ||
  (context has tool && (context.tool like "run_*" || context.tool like "notes://run_*"))
};

@id("calls-run") @mask("iban")
permit (principal, action in Countersign::Action::"mcp", resource)
when { context.tool like "run_*" || context.tool like "notes://run_*" };

@id("never-call")
forbid (principal, action in Countersign::Action::"mcp", resource)
when { context.tool like "never_*" };

@id("not-much")
forbid (principal, action == Countersign::Action::"mcp.call", resource)
when { context.tool == "run_mistyped" && context.args has amount && context.args.amount > 100 };

@id("never-drop") @reason("${policyReason}")
forbid (principal, action, resource)
when { context has kinds && context.kinds.containsAny(["drop_table", "truncate"]) };
`;
}
