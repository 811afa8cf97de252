import type { Connection } from "@countersign/sdk/wire/connection";

/** One whose upstream was reached a moment ago. */
export const connection: Connection = {
  name: "shop",
  kind: "postgres",
  environment: "production",
  labels: {},
  upstream: { endpoint: "db.example:5432", database: "shop", role: "app" },
  url: "postgres://AGENT:TOKEN@127.0.0.1:7432/shop",
  health: {
    state: "reachable",
    since: "2026-11-26T07:00:00.000Z",
    heardAt: "2026-11-26T07:59:00.000Z",
    failure: null,
    serverVersion: "18.1",
  },
  data: null,
  programs: null,
  pending: 0,
};
