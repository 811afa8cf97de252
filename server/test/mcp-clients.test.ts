/** The protocol's own clients, unmodified, and what they hear. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connectKit, hearWalk, type KitClient, kits, type Server } from "./support/mcp-clients.ts";
import { type Fixture, openFixture } from "./support/mcp-fixture/http-server.ts";
import { type McpGateway, openMcpGateway, policiesHolding } from "./support/mcp-gateway.ts";
import { nodeEnvironment } from "./support/node-environment.ts";

const program = join(import.meta.dirname, "support/mcp-fixture/stdio-program.ts");

const command = join(import.meta.dirname, "../../cli/bin/countersign.mjs");
/** The gateway's own tool, which stands beside the server's. */
const own = "countersign_status";

let fixture: Fixture;
let folder: string;
let scene: McpGateway;
before(async () => {
  fixture = await openFixture();
  folder = await mkdtemp(join(tmpdir(), "countersign-test-mcp-"));
  const connections = {
    office: { upstream: { url: fixture.url } },
    program: { upstream: { command: [process.execPath, program] } },
  };
  scene = await openMcpGateway(connections, policiesHolding("add_note", "delete_customer"));
});
after(async () => {
  await scene.close();
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
      env: { ...nodeEnvironment, FIXTURE_RAN_FILE: ranFile },
    });
    assert.deepEqual(asProgram, overHttp);
    const ran = (await readFile(ranFile, "utf8")).trim().split("\n");
    assert.deepEqual(
      ran.map((line) => JSON.parse(line) as unknown),
      fixture.ran.slice(ranBefore),
    );
  });
}

for (const kit of kits) {
  test(`the kit's ${kit} hears through the gateway what it hears directly, of a server over HTTP and of a program`, async () => {
    const directly = await hear(kit, { kind: "http", url: fixture.url });
    for (const connection of ["office", "program"]) {
      const url = scene.url(connection);
      assert.deepEqual(await hear(kit, { kind: "http", url, token: scene.token }), directly);
    }
    assert.deepEqual(await hear(kit, standIn("office")), directly, "by `countersign mcp`");
    assert.deepEqual(await scene.gateway.inbox(scene.reviewer), []);
  });

  test(`through the kit's ${kit} a held call answers as its tool does once it is approved, and a denied one with who said why, and neither runs again`, async () => {
    for (const connection of ["office", "program"]) {
      const server = { kind: "http", url: scene.url(connection), token: scene.token } as const;
      const client = await connectKit(kit, server);
      try {
        const note = { customer: "dana", note: `by the ${kit} on ${connection}` };
        const told: (string | undefined)[] = [];
        const added = client.call("add_note", note, {
          onprogress: ({ message }) => told.push(message),
        });
        assert.equal(await scene.decideNext("approve"), "approved");
        assert.deepEqual((await added).content, [{ type: "text", text: "Added to dana." }]);
        assert.match(told.join(), /Waits for 1 of operations/);

        const customer = `dana of ${kit} on ${connection}`;
        const deleted = client.call("delete_customer", { customer });
        assert.equal(await scene.decideNext("deny", "She is a customer still."), "denied");
        const heard = await deleted;
        assert.equal(heard.isError, true);
        const words = heard.content[0]?.text ?? "";
        assert.match(words, /"She is a customer still\." Do not call it again/);
        const again = await client.call("delete_customer", { customer });
        assert.equal(again.content[0]?.text, words);
      } finally {
        await client.close();
      }
    }
    const ran = fixture.ran.filter(({ given }) => JSON.stringify(given).includes(kit));
    assert.deepEqual(
      ran.map(({ tool }) => tool),
      ["add_note"],
    );
  });
}

/** For clients that can only start a program. */
function standIn(connection: string): Server {
  return {
    kind: "stdio",
    command: [process.execPath, command, "mcp", "--connection", connection],
    env: {
      ...nodeEnvironment,
      COUNTERSIGN_URL: scene.gateway.apiUrl,
      COUNTERSIGN_AGENT_TOKEN: scene.token,
    },
  };
}

/** Everything that a client is told by the tools that need nothing of it, and how it was told of progress. */
async function hear(kit: (typeof kits)[number], server: Server): Promise<unknown> {
  const client: KitClient = await connectKit(kit, server);
  try {
    const heard: unknown[] = [(await client.tools()).filter(({ name }) => name !== own)];
    for (const [name, given] of everyTool) heard.push(await client.call(name, given));
    heard.push(await hearWalk(client));
    heard.push(await client.read("test://static-binary"));
    heard.push(await client.prompt("test_prompt_with_arguments", { arg1: "a", arg2: "b" }));
    return heard;
  } finally {
    await client.close();
  }
}
