/** The gateway in the test's own process, by a clock of the test's, with its console. */
import { readFile } from "node:fs/promises";
import { parseConfig } from "#/config/load.ts";
import { startGateway } from "#/gateway.ts";
import { consoleBuildOf } from "#/pages/checkout.ts";
import type { Clock } from "#/platform/clock.ts";
import { silentLog } from "#/platform/log.ts";
import { dataDirOf, type Folder } from "./gateway.ts";
import { createGatewayClient, type GatewayClient } from "./gateway-client.ts";
import type { TestPostgres } from "./postgres.ts";

export interface ClockedGateway extends GatewayClient {
  readonly stop: () => Promise<void>;
}

/** Resolves when its console can be opened. */
export async function startClockedGateway(
  folder: Folder,
  { password }: Pick<TestPostgres, "password">,
  clock: Clock,
): Promise<ClockedGateway> {
  const text = await readFile(folder.configFile, "utf8");
  const config = await parseConfig(text, folder.configFile, { SHOP_PASSWORD: password });
  const gateway = await startGateway({
    config,
    clock,
    log: silentLog,
    demo: null,
    consoleBuild: consoleBuildOf(config.dataDir, {}),
  });
  await gateway.openConsole(() => {});
  return { ...(await createGatewayClient(dataDirOf(folder))), stop: gateway.close };
}
