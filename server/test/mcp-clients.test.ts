/** The protocol's own clients, unmodified, and what they hear. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connectKit, type KitClient, kits, type Server } from "./support/mcp-clients.ts";
import { type Fixture, openFixture } from "./support/mcp-fixture/http-server.ts";

const program = join(import.meta.dirname, "support/mcp-fixture/stdio-program.ts");

let fixture: Fixture;
let folder: string;
before(async () => {
  fixture = await openFixture();
  folder = await mkdtemp(join(tmpdir(), "countersign-test-mcp-"));
});
after(async () => {
  await fixture.close();
  await rm(folder, { recursive: true, force: true });
});

const everyTool = [
  ["test_simple_text", {}],
  ["test_image_content", {}],
  ["test_multiple_content_types", {}],
  ["test_error_handling", {}],
  ["test_structured_content", { city: "Bern" }],
  ["read_notes", { customer: "dana" }],
] as const;

for (const kit of kits) {
  test(`the tests' own server answers the kit's ${kit} alike over HTTP and as a program`, async () => {
    const ranFile = join(folder, `${kit}.ran`);
    const ranBefore = fixture.ran.length;
    const overHttp = await hear(kit, { kind: "http", url: fixture.url });
    const asProgram = await hear(kit, {
      kind: "stdio",
      command: [process.execPath, program],
      env: { PATH: process.env["PATH"] ?? "", FIXTURE_RAN_FILE: ranFile },
    });
    assert.deepEqual(asProgram, overHttp);
    const ran = (await readFile(ranFile, "utf8")).trim().split("\n");
    assert.deepEqual(
      ran.map((line) => JSON.parse(line) as unknown),
      fixture.ran.slice(ranBefore),
    );
  });
}

/** Everything that a client is told by the tools that need nothing of it, and how it was told of progress. */
async function hear(kit: (typeof kits)[number], server: Server): Promise<unknown> {
  const client: KitClient = await connectKit(kit, server);
  try {
    const heard: unknown[] = [await client.tools()];
    for (const [name, given] of everyTool) heard.push(await client.call(name, given));
    const progress: number[] = [];
    heard.push(
      await client.call(
        "test_tool_with_progress",
        {},
        { onprogress: (told) => progress.push(told.progress) },
      ),
      // The kit may drop the last, which comes together with the answer.
      progress.slice(0, 2),
    );
    heard.push(await client.read("test://static-binary"));
    heard.push(await client.prompt("test_prompt_with_arguments", { arg1: "a", arg2: "b" }));
    return heard;
  } finally {
    await client.close();
  }
}
