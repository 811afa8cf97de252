/** Runs the public conformance suite of MCP against a server, and compares two runs check by check. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { nodeEnvironment } from "./node-environment.ts";

export type Revision = "2025-11-25" | "2026-07-28";

export interface Check {
  readonly id: string;
  readonly name: string;
  readonly status: "SUCCESS" | "FAILURE" | "WARNING" | "SKIPPED" | "INFO";
  readonly errorMessage?: string;
}

export interface Run {
  readonly scenarios: ReadonlyMap<string, readonly Check[]>;
  readonly passed: number;
  readonly failed: number;
  /** Those that the suite scores, and that did not pass whole. */
  readonly scoredFailures: boolean;
  readonly output: string;
}

const suite = join(
  import.meta.dirname,
  "../../../node_modules/@modelcontextprotocol/conformance/dist/index.js",
);
/** Less than a test may take, so that what it has said is told. */
const suiteMs = 150_000;

/** Every scenario that the revision has for servers, or one of them; with the credential of an agent, if one is given. */
export async function runConformance(
  url: string,
  revision: Revision,
  { token, scenario }: { readonly token?: string; readonly scenario?: string } = {},
): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-test-conformance-"));
  const chosen =
    scenario === undefined
      ? ["--requirements", revision]
      : ["--scenario", scenario, "--spec-version", revision];
  const credential =
    token === undefined ? [] : ["--import", join(import.meta.dirname, "conformance-credential.ts")];
  try {
    const child = spawn(
      process.execPath,
      [...credential, suite, "server", "--url", url, ...chosen, "--output-dir", folder],
      {
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...nodeEnvironment, CONFORMANCE_TOKEN: token },
        timeout: suiteMs,
        killSignal: "SIGKILL",
      },
    );
    const [output, errors, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close") as Promise<[number | null]>,
    ]);
    const scenarios = await readScenarios(folder);
    const checks = [...scenarios.values()].flat();
    return {
      scenarios,
      passed: checks.filter(({ status }) => status === "SUCCESS").length,
      failed: checks.filter(({ status }) => status === "FAILURE").length,
      scoredFailures: code !== 0,
      output: `${output}${errors}`,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readScenarios(folder: string): Promise<ReadonlyMap<string, readonly Check[]>> {
  const scenarios = new Map<string, readonly Check[]>();
  for (const name of (await readdir(folder)).toSorted()) {
    const scenario = name.replace(/^server-/, "").replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, "");
    const checks = JSON.parse(await readFile(join(folder, name, "checks.json"), "utf8"));
    scenarios.set(scenario, checks as readonly Check[]);
  }
  return scenarios;
}

/** In what a run differs from the one that was expected, a line for each; what a check only notes is left out. */
export function differences(expected: Run, actual: Run): readonly string[] {
  const lines: string[] = [];
  for (const scenario of new Set([...expected.scenarios.keys(), ...actual.scenarios.keys()])) {
    const wanted = outcomes(expected, scenario);
    const found = outcomes(actual, scenario);
    for (let index = 0; index < Math.max(wanted.length, found.length); index += 1) {
      const [want, got] = [wanted[index], found[index]];
      if (want?.outcome === got?.outcome) continue;
      const reason = got?.errorMessage === undefined ? "" : `: ${got.errorMessage}`;
      lines.push(
        `${scenario}: expected ${want?.outcome ?? "nothing more"}, got ${got?.outcome ?? "nothing more"}${reason}`,
      );
    }
  }
  return lines;
}

function outcomes({ scenarios }: Run, scenario: string) {
  return (scenarios.get(scenario) ?? [])
    .filter(({ status }) => status !== "INFO")
    .map(({ id, name, status, errorMessage }) => ({
      outcome: `${id} (${name}) ${status}`,
      errorMessage,
    }));
}
