import type { ActionDetail, ActionSummary } from "@countersign/sdk/wire";

export const actionSummary: ActionSummary = {
  id: "act_1",
  at: "2026-11-26T07:59:00.000Z",
  decision: "deny",
  headline: "Drop table customers in shop, production",
  verb: "sql.schema",
  connection: "shop",
  environment: "production",
  principal: { kind: "agent", name: "importer" },
  onBehalfOf: "ada",
  command: "drop table customers",
  commandIsCut: false,
  reviewId: null,
  reviewState: null,
  outcome: null,
};

export const actionDetail: ActionDetail = {
  ...actionSummary,
  digest: "d1",
  verbs: ["sql.schema"],
  upstream: { endpoint: "db.example:5432", database: "shop", role: "app" },
  parameters: [],
  masked: [],
  data: null,
  facts: {
    kinds: ["drop_table"],
    reads: [],
    writes: ["public.customers"],
    functions: [],
    filtered: true,
    maskedUse: false,
    opaque: null,
  },
  cause: "forbidden",
  reasons: [{ policy: "agents-never-drop", text: "A person does that by hand." }],
  quorum: [],
  masks: [],
  policySet: { digest: "p1", inForce: true },
  records: [
    {
      index: 7,
      type: "action.denied",
      at: "2026-11-26T07:59:00.000Z",
      actionId: "act_1",
      reviewId: null,
      leafHash: "00",
      leaf: null,
      bytes: "",
    },
  ],
};
