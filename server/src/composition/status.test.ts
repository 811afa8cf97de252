import assert from "node:assert/strict";
import { test } from "node:test";
import type { Config } from "#/config/load.ts";
import { createStatus } from "./status.ts";

const agents = Array.from({ length: 20_000 }, (_, at) => ({ name: `agent-${at}` }));
const connections = Array.from({ length: 1000 }, (_, at) => ({
  name: `connection-${at}`,
  kind: "postgres",
  environment: "test",
}));

const status = createStatus({
  config: { dataDir: "/data", agents, connections } as unknown as Config,
  store: {
    status: () => ({ state: "ready" }),
    logHead: async () => ({ size: 0, checkpoint: "" }),
  },
  keys: { origin: "test", verifierKey: "key" },
  quickstart: false,
  listeners: () => ({}),
  publicUrl: () => "http://127.0.0.1:7070",
  demo: () => null,
  agentUrls: () => [],
  health: () => null,
});

test("status names a bounded number of connections and agents, the first ones", async () => {
  const { connections: shown } = await status(null);
  assert.deepEqual([shown.length, shown.at(-1)?.name], [100, "connection-99"]);
  for (const { agents: of } of shown) {
    assert.deepEqual([of.length, of[0]?.name, of.at(-1)?.name], [100, "agent-0", "agent-99"]);
  }
});

test("an agent finds itself in status, however many others there are", async () => {
  const { connections: shown } = await status("agent-19999");
  assert.deepEqual(shown[0]?.agents, [{ name: "agent-19999", url: null, token: null }]);
});
