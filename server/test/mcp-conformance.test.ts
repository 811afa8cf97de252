/** The public conformance suite of MCP, in both revisions. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { differences, type Revision, type Run, runConformance } from "./support/conformance.ts";
import { type Fixture, openFixture } from "./support/mcp-fixture/http-server.ts";

/** What the kit that the fixture stands on has no parts for: `tasks-…`, which the suite runs and does not score. */
const scores = {
  "2025-11-25": { passed: 84, failed: 0 },
  "2026-07-28": { passed: 164, failed: 30 },
} as const;
const revisions = Object.keys(scores) as readonly Revision[];

let fixture: Fixture;
const direct = new Map<Revision, Run>();
before(async () => {
  fixture = await openFixture();
  for (const revision of revisions) {
    direct.set(revision, await runConformance(fixture.url, revision));
  }
});
after(() => fixture.close());

for (const revision of revisions) {
  test(`the tests' own server conforms to ${revision}, so that a gateway in front of it can be measured by it`, () => {
    const run = directly(revision);
    assert.deepEqual({ passed: run.passed, failed: run.failed }, scores[revision], run.output);
    assert.equal(run.scoredFailures, false);
    for (const [scenario, checks] of run.scenarios) {
      const failed = checks.filter(({ status }) => status === "FAILURE");
      if (!scenario.startsWith("tasks-")) assert.deepEqual(failed, []);
    }
  });
}

test("a run that lacks a check, or has another outcome, is told from the one that was expected", () => {
  const run = directly("2025-11-25");
  assert.deepEqual(differences(run, run), []);
  const [scenario = "", checks = []] = [...run.scenarios][0] ?? [];
  const failing = checks.map((check) => ({ ...check, status: "FAILURE" as const }));
  for (const changed of [failing, checks.slice(1), []]) {
    const other = { ...run, scenarios: new Map([...run.scenarios, [scenario, changed]]) };
    assert.notDeepEqual(differences(run, other), []);
  }
});

function directly(revision: Revision): Run {
  const run = direct.get(revision);
  assert.ok(run);
  return run;
}
