/** A gateway as users run it in front of tool servers, with two agents and the people who decide. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ReviewSummary } from "@countersign/sdk/wire/review";
import { type Folder, startTestGateway, type TestGateway } from "./gateway.ts";
import { verdictState } from "./gateway-client.ts";
import { listenToReviews } from "./review-events.ts";

export interface McpGateway {
  readonly gateway: TestGateway;
  readonly url: (connection: string) => string;
  /** Of agent `bot`. */
  readonly token: string;
  /** Of agent `other`. */
  readonly otherToken: string;
  /** Of `ada`, who may decide. */
  readonly reviewer: string;
  /** Resolves with one that waits and is such, once there is one. */
  readonly reviewWhere: (isSuch: (review: ReviewSummary) => boolean) => Promise<ReviewSummary>;
  /** Resolves with the next one that waits, and that was not seen before. */
  readonly nextReview: () => Promise<ReviewSummary>;
  /** Gives the verdict on the next one that waits; the state that it is in then. */
  readonly decideNext: (
    verdict: "approve" | "deny",
    comment?: string,
    signal?: AbortSignal,
  ) => Promise<string>;
  /** From now on whatever waits is approved at once, by a person's session, through the API. */
  readonly approveAll: () => { readonly stop: () => Promise<readonly string[]> };
  /** Once it has ended: another over the same data. */
  readonly startAgain: () => Promise<McpGateway>;
  readonly close: () => Promise<void>;
}

export interface McpConnection {
  readonly upstream: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** Everything runs, but what `waiting` names. */
export function policiesHolding(...waiting: readonly string[]): string {
  const rules = [
    `@id("tools-run")
permit (principal, action in Countersign::Action::"mcp", resource);`,
    ...waiting.map(
      (tool) => `@id("${tool}-waits")
@review("1 of operations")
@assurance("session")
@reason("Someone looks at ${tool} first.")
permit (principal, action == Countersign::Action::"mcp.call", resource)
when { context.tool == "${tool}" };`,
    ),
  ];
  return rules.join("\n\n");
}

export async function openMcpGateway(
  connections: Readonly<Record<string, McpConnection>>,
  policies = policiesHolding(),
  environment: Readonly<Record<string, string>> = {},
): Promise<McpGateway> {
  const path = await mkdtemp(join(tmpdir(), "countersign-test-mcp-"));
  await mkdir(join(path, "policies"));
  await writeFile(join(path, "policies/rules.cedar"), policies);
  const configFile = join(path, "countersign.yaml");
  const config = {
    listen: { api: { port: 0 }, postgres: { port: 0 } },
    people: [
      { name: "ada", groups: ["operations"] },
      { name: "root", groups: [], administrator: true },
    ],
    agents: [{ name: "bot" }, { name: "other" }],
    connections: Object.entries(connections).map(([name, fields]) => ({
      name,
      kind: "mcp",
      environment: "test",
      ...fields,
    })),
  };
  await writeFile(configFile, JSON.stringify(config));
  const remove = () => rm(path, { recursive: true, force: true });
  return startIn({ path, configFile, remove }, environment);
}

async function startIn(
  folder: Folder,
  environment: Readonly<Record<string, string>>,
): Promise<McpGateway> {
  const gateway = await startTestGateway(folder, { password: "" }, "", environment);
  const [token, otherToken, reviewer] = await Promise.all([
    gateway.agentToken("bot"),
    gateway.agentToken("other"),
    gateway.signIn("ada"),
  ]);
  const events = await listenToReviews(gateway.apiUrl, reviewer);
  const reviewWhere = (isSuch: (review: ReviewSummary) => boolean, signal?: AbortSignal) =>
    events.until(async () => (await gateway.inbox(reviewer)).find(isSuch), signal);
  const seen = new Set<string>();
  async function nextReview(signal?: AbortSignal): Promise<ReviewSummary> {
    const next = await reviewWhere(({ id }) => !seen.has(id), signal);
    seen.add(next.id);
    return next;
  }
  return {
    gateway,
    url: (connection) => `${gateway.apiUrl}/mcp/${connection}`,
    token,
    otherToken,
    reviewer,
    reviewWhere: (isSuch) => reviewWhere(isSuch),
    nextReview: () => nextReview(),
    async decideNext(verdict, comment, signal) {
      const { id } = await nextReview(signal);
      return verdictState(await gateway.decide(id, reviewer, verdict, comment));
    },
    approveAll() {
      const stopping = new AbortController();
      const approved: string[] = [];
      const running = (async () => {
        while (!stopping.signal.aborted) {
          const { id, command } = await nextReview(stopping.signal);
          await gateway.decide(id, reviewer, "approve");
          approved.push(command);
        }
      })();
      return {
        async stop() {
          stopping.abort();
          await running.catch(() => {});
          return approved;
        },
      };
    },
    startAgain: () => startIn(folder, environment),
    async close() {
      await gateway.stop();
      await folder.remove();
    },
  };
}
