/**
 * `npm run test:tool-clients [-- NAME…]`: clients of MCP and agent frameworks, unmodified, as far as their toolchains
 * are here; what they need is installed from its registry into temporary space.
 *
 * Each client's program lists the tools and calls three of them, directly and through the gateway: where one runs, one
 * waits and is approved, and one waits and is denied. What it hears has to be the same, but for the denial; what ran, too.
 * The last line is `N passed, N failed, N skipped`.
 */
import { join } from "node:path";
import { type Fixture, openFixture } from "../server/test/support/mcp-fixture/http-server.ts";
import {
  type McpGateway,
  openMcpGateway,
  policiesHolding,
} from "../server/test/support/mcp-gateway.ts";
import { type ClientFamily, type Command, runClient, runFamilies } from "./run-client.ts";

const here = join(import.meta.dirname, "../server/test/drivers/mcp");
const programMs = 120_000;
/** The gateway's own, for clients that can't be told otherwise. */
const ownTool = "countersign_status";

interface Family extends ClientFamily {
  readonly command: (folder: string, client: string) => Command;
}

const families: readonly Family[] = [
  python(["mcp_first", "openai_agents", "langchain_adapters"], "requirements-first.txt"),
  python(["mcp_second", "langchain_mcp"], "requirements-second.txt"),
  node(["ai-sdk", "openai-agents", "langchain"], "node"),
  node(["claude-code"], "claude-code"),
];

process.exitCode = await main(process.argv.slice(2));

async function main(names: readonly string[]): Promise<number> {
  const fixture = await openFixture();
  const connections = { office: { upstream: { url: fixture.url } } };
  const scene = await openMcpGateway(connections, policiesHolding("add_note", "delete_customer"));
  try {
    return await runFamilies(families, names, ({ command }, folder, client) =>
      check(scene, fixture, command(folder, client)),
    );
  } finally {
    await scene.close();
    await fixture.close();
  }
}

async function check(
  scene: McpGateway,
  fixture: Fixture,
  command: Command,
): Promise<readonly string[]> {
  const expected = await hear(command, fixture.url, "none");
  if (expected.length !== 4) return [`directly it heard ${JSON.stringify(expected)}`];
  const ranBefore = fixture.ran.length;
  const ended = new AbortController();
  const hearing = hear(command, scene.url("office"), scene.token).finally(() => ended.abort());
  for (const verdict of ["approve", "deny"] as const) {
    // What was denied before may be told again, without a review: then nobody is left to decide on the next client's.
    await scene.decideNext(verdict, "not this customer", ended.signal).catch((error: unknown) => {
      if (!ended.signal.aborted) throw error;
    });
  }
  const actual = await hearing;
  const ran = fixture.ran.slice(ranBefore).map(({ tool }) => tool);
  const [tools, , , denied] = actual;
  const problems = [
    ...differences(expected.slice(1, 3), actual.slice(1, 3)),
    ...differences([expected[0]], [withoutOwn(tools)]),
  ];
  if (ran.join() !== "read_notes,add_note") problems.push(`what ran: ${ran.join()}`);
  const heard = JSON.stringify(denied ?? actual);
  console.log(`  on the denial: ${heard}`);
  if (!heard.includes("Do not call it again") || !heard.includes("not this customer")) {
    problems.push("the denial was not told with its reason");
  }
  return problems;
}

/** A line for each thing that the program was told. */
async function hear(command: Command, url: string, token: string): Promise<readonly unknown[]> {
  const environment = { MCP_URL: url, MCP_TOKEN: token, PYTHONDONTWRITEBYTECODE: "1" };
  const { answers, output } = await runClient(command, environment, programMs);
  try {
    return answers
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
  } catch {
    return [output];
  }
}

function withoutOwn(told: unknown): unknown {
  const [what, tools] = told as readonly [string, readonly string[]];
  return [what, Array.isArray(tools) ? tools.filter((name) => name !== ownTool) : tools];
}

function differences(expected: readonly unknown[], actual: readonly unknown[]): readonly string[] {
  return expected.flatMap((line, index) => {
    const [want, got] = [JSON.stringify(line), JSON.stringify(actual[index])];
    return want === got ? [] : [`expected ${want}`, `got      ${got}`];
  });
}

function node(clients: readonly string[], programs: string): Family {
  return {
    clients,
    needs: [["npm", "--version"]],
    install: (folder) => [
      ["cp", "-R", join(here, "told.mjs"), `${join(here, programs)}/.`, folder],
      ["npm", "install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund"],
    ],
    command: (folder, client) => [process.execPath, join(folder, `${client}.mjs`)],
  };
}

function python(clients: readonly string[], requirements: string): Family {
  return {
    clients,
    needs: [["python3", "-m", "venv", "--help"]],
    install: (folder) => [
      ["python3", "-m", "venv", folder],
      [join(folder, "bin/pip"), "install", "-q", "-r", join(here, requirements)],
    ],
    command: (folder, client) => [join(folder, "bin/python"), join(here, `${client}.py`)],
  };
}
