/**
 * What runs behind `start` without a configuration: the sample database, the sample help desk, one agent, one person who may
 * decide, and the starter policies, as a configuration like any other. The desk's program starts with an agent's first session.
 *
 * The person owns no agent, so that they can approve what the sample agent asks for. Must not know the
 * gateway: it only says what to run.
 */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Config, parseConfig } from "#/config/load.ts";
import type { Environment } from "#/config/read-secret.ts";
import type { Log } from "#/platform/log.ts";
import { type SampleDatabase, startSampleDatabase } from "./sample-database.ts";

export const demoPerson = "operator";
export const demoAgent = "demo-agent";
const demoGroup = "dba";
const desk = fileURLToPath(new URL("./desk/desk.ts", import.meta.url));
/** It holds four tickets. */
const deskFlags = ["--max-old-space-size=32", "--max-semi-space-size=1"];
const policies = new URL("../../../policies/quickstart/", import.meta.url).pathname;

export interface Quickstart {
  readonly config: Config;
  readonly database: SampleDatabase;
}

/** The data folder is `.countersign` in the working folder, unless COUNTERSIGN_DATA says otherwise. */
export async function startQuickstart(
  environment: Environment,
  log: Log,
  signal: AbortSignal,
): Promise<Quickstart> {
  const dataDir = resolve(environment["COUNTERSIGN_DATA"] || ".countersign");
  const database = await startSampleDatabase({ dir: join(dataDir, "sample"), signal, log });
  try {
    const { host, port, user, password } = database;
    const text = JSON.stringify({
      dataDir,
      policies,
      people: [{ name: demoPerson, groups: [demoGroup], administrator: true }],
      agents: [{ name: demoAgent }],
      // All of it was made up.
      reveal: [{ groups: [demoGroup], entities: ["*"] }],
      connections: [
        {
          name: database.database,
          kind: "postgres",
          environment: "sample",
          preview: "measured",
          sensitive: [
            "public.customers.email",
            "public.customers.phone",
            "public.customers.iban",
            "public.payments.card_number",
          ],
          upstream: { host, port, database: database.database, user, password: { env: "SAMPLE" } },
        },
        {
          name: "desk",
          kind: "mcp",
          environment: "sample",
          // Anybody may write to a help desk.
          data: "untrusted",
          upstream: { command: [process.execPath, ...deskFlags, desk], cwd: dataDir },
        },
      ],
    });
    // JSON is YAML; the password is passed beside it, as every secret is.
    const variables = { ...environment, SAMPLE: password };
    return { config: await parseConfig(text, "quickstart", variables), database };
  } catch (error) {
    await database.stop();
    throw error;
  }
}
