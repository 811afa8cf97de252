/** The public conformance suite in front of a gateway whose server is a program: it finds what it finds of the same server over HTTP. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { differences, type Revision, type Run, runConformance } from "./support/conformance.ts";
import { openFixture } from "./support/mcp-fixture/http-server.ts";
import { openMcpScene } from "./support/mcp-gateway.ts";

const program = join(import.meta.dirname, "support/mcp-fixture/stdio-program.ts");
const revisions: readonly Revision[] = ["2025-11-25", "2026-07-28"];

/** What a server may offer over HTTP and has no counterpart here: streams that a client can come back to. */
const ofTransport = /^server-sse-(?:multiple-streams|polling): .* got nothing more$/;

let direct: ReadonlyMap<Revision, Run>;
before(async () => {
  const fixture = await openFixture();
  const runs: [Revision, Run][] = [];
  for (const revision of revisions)
    runs.push([revision, await runConformance(fixture.url, revision)]);
  direct = new Map(runs);
  await fixture.close();
});

for (const revision of revisions) {
  test(`a program behind the gateway conforms to ${revision} as it does over HTTP by itself`, async (t) => {
    const scene = await openMcpScene({
      office: {
        upstream: { command: [process.execPath, program] },
        allow: { sampling: true, elicitation: true },
      },
    });
    t.after(() => scene.close());
    const itself = direct.get(revision);
    assert.ok(itself);
    const behind = await runConformance(scene.url("office"), revision, { token: scene.token });
    const found = differences(itself, behind).filter((each) => !ofTransport.test(each));
    assert.deepEqual(found, []);
    assert.ok(behind.passed > 70, `${behind.passed} checks passed`);
  });
}
