/**
 * A gateway in a process of its own, over a database or a tool server that runs already.
 *
 *   node bench/gateway.ts durable|volatile DATA_DIR UPSTREAM [POLICIES]
 *
 * UPSTREAM is the database's URL, the tool server's, or the command of one as a list in JSON.
 * Prints one line of JSON when it listens: the agent's connection string, the API's address, and the time since the
 * process began; and one for each line that it is sent: its memory, its CPU time and, from a line `watch` on, the delay
 * of its event loop since the last.
 * `volatile` puts a store without durability in its place: records go nowhere. Ends with its standard input.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseConfig } from "../server/src/config/load.ts";
import { openEmbeddedStore } from "../server/src/embedded-store.ts";
import { startGateway } from "../server/src/gateway.ts";
import { systemClock } from "../server/src/platform/clock.ts";
import { silentLog } from "../server/src/platform/log.ts";
import type { Store } from "../server/src/store/store.ts";

const unmasked = new URL("policies/unmasked", import.meta.url).pathname;
const [mode, dataDir, upstream = "", policies = unmasked] = process.argv.slice(2);
const config = await parseConfig(
  JSON.stringify({
    dataDir,
    policies,
    listen: { api: { port: 0 }, postgres: { port: 0 } },
    people: [{ name: "operator", groups: ["dba"] }, ...crowd("person")],
    agents: [{ name: "bench" }, ...crowd("agent")],
    connections: [{ name: "shop", environment: "bench", ...connectionTo(upstream) }],
  }),
  "bench",
  { BENCH_PASSWORD: upstream.startsWith("postgres:") ? new URL(upstream).password : "" },
);
const gateway = await startGateway({
  config,
  clock: systemClock,
  log: silentLog,
  demo: { person: "operator", agent: "bench" },
  consoleBuild: null,
  openStore: async (dir, keys, clock) => {
    const store = await openEmbeddedStore(dir, keys, clock);
    return mode === "volatile" ? withoutDurability(store) : store;
  },
});
const status = await gateway.status();
const url = status.connections[0]?.agents[0]?.url;
const apiUrl = status.console.url;
console.log(JSON.stringify({ url, apiUrl, listeningMs: process.uptime() * 1000 }));
const delay = monitorEventLoopDelay({ resolution: 1 });
process.stdin.on("data", (line: Buffer) => {
  // It wakes the event loop a thousand times a second, which nobody but who asks for it should pay for.
  if (line.toString().includes("watch")) delay.enable();
  const [loopP99Ms, loopMaxMs] = [delay.percentile(99) / 1e6, delay.max / 1e6];
  delay.reset();
  const { user, system } = process.cpuUsage();
  const residentBytes = process.memoryUsage.rss();
  console.log(JSON.stringify({ residentBytes, cpuMicros: user + system, loopP99Ms, loopMaxMs }));
});
process.stdin.on("end", () => void gateway.close().then(() => process.exit(0)));

function connectionTo(address: string): object {
  if (address.startsWith("[")) {
    return { kind: "mcp", upstream: { command: JSON.parse(address) as readonly string[] } };
  }
  if (address.startsWith("http")) return { kind: "mcp", upstream: { url: address } };
  const { hostname, port, username, pathname } = new URL(address);
  return {
    kind: "postgres",
    upstream: {
      host: hostname,
      port: Number(port),
      database: pathname.slice(1),
      user: username,
      password: { env: "BENCH_PASSWORD" },
    },
  };
}

/** For measurements with many of them. */
function crowd(kind: "person" | "agent"): readonly object[] {
  return Array.from({ length: 10 }, (_, index) =>
    kind === "person" ? { name: `person${index}`, groups: ["dba"] } : { name: `agent${index}` },
  );
}

function withoutDurability(store: Store): Store {
  return { ...store, append: async () => {} };
}
