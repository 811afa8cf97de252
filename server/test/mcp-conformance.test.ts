/**
 * The public conformance suite of MCP, in both revisions: directly, and behind a gateway, where it has to find the same, be
 * the server one over HTTP or a program that the gateway starts.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { differences, type Revision, type Run, runConformance } from "./support/conformance.ts";
import { type Fixture, openFixture } from "./support/mcp-fixture/http-server.ts";
import { type McpGateway, openMcpGateway, policiesHolding } from "./support/mcp-gateway.ts";
import { nodeEnvironment } from "./support/node-environment.ts";

const program = join(import.meta.dirname, "support/mcp-fixture/stdio-program.ts");
const allow = { sampling: true, elicitation: true };

/** What the kit that the fixture stands on has no parts for: `tasks-…`, which the suite runs and does not score. */
const scores = {
  "2025-11-25": { passed: 84, failed: 0 },
  "2026-07-28": { passed: 164, failed: 30 },
} as const;
const revisions = Object.keys(scores) as readonly Revision[];

/** Called by the scenarios of its name in both revisions, and by others on the way. */
const heldTool = "test_simple_text";

/** What a server may offer over HTTP and has no counterpart in a program: streams that a client can come back to. */
const ofTransport = /^server-sse-(?:multiple-streams|polling): .* got nothing more$/;

let fixture: Fixture;
let direct: ReadonlyMap<Revision, Run>;
/** Which allows everything. */
let open: McpGateway;
before(async () => {
  fixture = await openFixture();
  direct = await inBoth((revision) => runConformance(fixture.url, revision));
  open = await openMcpGateway({
    office: { upstream: { url: fixture.url }, allow },
    program: { upstream: { command: [process.execPath, program], env: nodeEnvironment }, allow },
  });
});
after(async () => {
  await open.close();
  await fixture.close();
});

for (const revision of revisions) {
  test(`the tests' own server conforms to ${revision}, so that a gateway in front of it can be measured by it`, () => {
    const run = of(direct, revision);
    assert.deepEqual({ passed: run.passed, failed: run.failed }, scores[revision], run.output);
    assert.equal(run.scoredFailures, false);
    for (const [scenario, checks] of run.scenarios) {
      const failed = checks.filter(({ status }) => status === "FAILURE");
      if (!scenario.startsWith("tasks-")) assert.deepEqual(failed, []);
    }
  });
}

test("a run that lacks a check, or has another outcome, is told from the one that was expected", () => {
  const run = of(direct, "2025-11-25");
  assert.deepEqual(differences(run, run), []);
  const [scenario = "", checks = []] = [...run.scenarios][0] ?? [];
  const failing = checks.map((check) => ({ ...check, status: "FAILURE" as const }));
  for (const changed of [failing, checks.slice(1), []]) {
    const other = { ...run, scenarios: new Map([...run.scenarios, [scenario, changed]]) };
    assert.notDeepEqual(differences(run, other), []);
  }
});

test("behind a gateway that allows everything the suite finds what it finds directly, check by check, in both revisions", async () => {
  const { behind, reviews } = await runBehind(open);
  for (const revision of revisions) {
    assert.deepEqual(differences(of(direct, revision), of(behind, revision)), [], revision);
  }
  assert.deepEqual(reviews, []);
});

test("behind a gateway that starts the server as a program the suite finds what it finds over HTTP directly, in both revisions", async () => {
  const { behind } = await runBehind(open, "program");
  for (const revision of revisions) {
    const found = differences(of(direct, revision), of(behind, revision));
    assert.deepEqual(
      found.filter((each) => !ofTransport.test(each)),
      [],
      revision,
    );
    const { passed } = of(behind, revision);
    assert.ok(passed > 70, `${passed} checks passed`);
  }
});

test("the suite finds the same where a tool waits until a person has approved each of its calls", async (t) => {
  const connections = { office: { upstream: { url: fixture.url }, allow } };
  const scene = await openMcpGateway(connections, policiesHolding(heldTool));
  t.after(() => scene.close());
  const { behind, reviews } = await runBehind(scene);
  for (const revision of revisions) {
    assert.deepEqual(differences(of(direct, revision), of(behind, revision)), [], revision);
  }
  assert.ok(reviews.length >= revisions.length, "each revision called it");
  for (const command of reviews) assert.ok(command.includes(heldTool), command);
});

/** With every review that is opened approved at once. */
async function runBehind(
  scene: McpGateway,
  connection = "office",
): Promise<{
  readonly behind: ReadonlyMap<Revision, Run>;
  readonly reviews: readonly string[];
}> {
  const approving = scene.approveAll();
  const { token } = scene;
  const url = scene.url(connection);
  const behind = await inBoth((revision) => runConformance(url, revision, { token }));
  return { behind, reviews: await approving.stop() };
}

async function inBoth(
  run: (revision: Revision) => Promise<Run>,
): Promise<ReadonlyMap<Revision, Run>> {
  const runs = revisions.map(async (revision) => [revision, await run(revision)] as const);
  return new Map(await Promise.all(runs));
}

function of(runs: ReadonlyMap<Revision, Run>, revision: Revision): Run {
  const run = runs.get(revision);
  assert.ok(run);
  return run;
}
