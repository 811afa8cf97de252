/** A process that starts one server as the gateway does, prints its process id, and waits to be killed. */
import { tmpdir } from "node:os";
import { systemClock } from "#/platform/clock.ts";
import { createSpawner } from "#/proxies/mcp/upstream/stdio/process/start-spawner.ts";

const stubborn = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
const { pid } = await createSpawner(systemClock).start({
  command: [process.execPath, "-e", stubborn],
  environment: {},
  folder: tmpdir(),
});
process.stdout.write(`${pid}\n`);
