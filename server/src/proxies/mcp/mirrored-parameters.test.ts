import assert from "node:assert/strict";
import { test } from "node:test";
import { mirroredIn } from "./mirrored-parameters.ts";

test("arguments that a schema mirrors are found by their path, and nothing that is no header's name", () => {
  const schema = {
    type: "object",
    properties: {
      region: { type: "string", "x-mcp-header": "Region" },
      tenant: {
        type: "object",
        properties: { id: { type: "integer", "x-mcp-header": "Tenant-Id" } },
      },
      bad: { type: "string", "x-mcp-header": "a\r\nb" },
      plain: { type: "string" },
    },
  };
  assert.deepEqual(mirroredIn(schema), [
    { header: "Region", path: ["region"] },
    { header: "Tenant-Id", path: ["tenant", "id"] },
  ]);
  assert.deepEqual(mirroredIn(null), []);
  assert.deepEqual(mirroredIn([1]), []);
});
