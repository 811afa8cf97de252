/** What an answer tells is a label before any of it can pass, on each way in which something runs. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Action } from "#/core/action.ts";
import { unclaimed } from "#/core/facts.ts";
import type { Attempt } from "#/core/protocol.ts";
import { newId } from "#/platform/ids.ts";
import { action as fixture } from "#/review/fixtures.test-support.ts";
import { openTestStore } from "#/review/memory-store.test-support.ts";
import { openStage, type Stage } from "./conformance/stage.ts";
import { decide } from "./decide.ts";
import type { EnforcementDeps } from "./deps.ts";
import { enforce } from "./enforce.ts";
import { quietAttempt } from "./quiet-attempt.test-support.ts";
import { createSessionLabels } from "./session-labels.ts";

const wayOut = `
@id("no-way-out") forbid (principal, action == Countersign::Action::"mcp.call", resource)
when { context.toolClass == "send" && context.labels.contains("confidential") };`;
const runs = `@id("runs") permit (principal, action in Countersign::Action::"mcp", resource);`;
const asks = `@id("asks") @review("1 of dba") permit (principal, action in Countersign::Action::"mcp", resource);`;

const ways = [
  { way: "is allowed", rule: runs, proven: false },
  { way: "is a proven read", rule: runs, proven: true },
  { way: "was approved", rule: asks, proven: false },
] as const;

function call(connection: string, toolClass: "read" | "send", { principal }: Stage): Action {
  const id = newId<Action["id"]>("act", 0);
  return {
    ...fixture({ id, principal, salt: id, fingerprint: null }),
    family: "mcp",
    verbs: ["mcp.call"],
    resource: { kind: "mcp", connection, environment: "t", labels: {}, endpoint: "stdio:x" },
    facts: {
      family: "mcp",
      method: "tools/call",
      name: "x",
      arguments: {},
      rounded: [],
      claims: unclaimed,
      definition: "pinned",
      toolClass,
      flags: [],
      saysOpenWorld: false,
      literals: [],
    },
  };
}

interface Scene {
  readonly stage: Stage;
  readonly deps: EnforcementDeps;
  /** What became of sending something out. */
  readonly send: () => string;
  /** A read that ends where its answer would pass. */
  readonly read: (passes: () => void) => Promise<void>;
}

function open(
  context: TestContext,
  { rule, proven }: (typeof ways)[number],
  keep: () => Promise<void>,
): Scene {
  const stage = openStage(openTestStore().store);
  context.after(() => stage.close());
  stage.rule(`${rule}${wayOut}`);
  const labels = createSessionLabels({
    clock: stage.clock,
    dataOf: (name) => (name === "crm" ? "confidential" : null),
    keep,
  });
  const deps = { ...stage.deps, labels };
  return {
    stage,
    deps,
    send: () => decide(call("mail", "send", stage), deps).effect,
    async read(passes) {
      const attempt: Attempt = {
        ...quietAttempt(call("crm", "read", stage)),
        proven,
        callee: () => ({
          toolClass: "read",
          definition: "pinned",
          saysOpenWorld: false,
          flags: [],
          claims: unclaimed,
        }),
        async execute(_action, gate) {
          await gate;
          passes();
          return { state: "executed", detail: null, rows: null };
        },
      };
      const running = enforce(attempt, deps);
      if (rule === asks) {
        const review = await stage.until(() => [...stage.reviews.values()][0]);
        await stage.give(review, "ada");
      }
      const ran = await running;
      assert.equal(ran.kind, "ran", JSON.stringify(ran));
    },
  };
}

for (const way of ways) {
  test(`what a call tells that ${way.way} is a label before its answer can pass`, async (context) => {
    const { send, read } = open(context, way, async () => {});
    assert.notEqual(send(), "deny");
    const effects: string[] = [];
    await read(() => effects.push(send()));
    assert.deepEqual([...effects, send()], ["deny", "deny"]);
  });

  test(`no answer of a call that ${way.way} passes before what it tells is kept over a restart`, async (context) => {
    const kept = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const { stage, read } = open(context, way, () => {
      asked.resolve();
      return kept.promise;
    });
    let hasPassed = false;
    const reading = read(() => {
      hasPassed = true;
    });
    await asked.promise;
    // All that it could still wait for has come.
    await stage.until(() => stage.records.length > 0);
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(hasPassed, false);
    kept.resolve();
    await reading;
    assert.ok(hasPassed);
  });

  test(`nothing of a call that ${way.way} passes where what it tells can't be kept`, async (context) => {
    const full = () => Promise.reject(new Error("the disk is full"));
    const { stage, read } = open(context, way, full);
    let hasPassed = false;
    await assert.rejects(
      read(() => {
        hasPassed = true;
      }),
      /refused/,
    );
    assert.equal(hasPassed, false);
    // Nobody has to wonder whether it ran.
    for (const { execution } of stage.reviews.values()) assert.equal(execution?.state, "failed");
  });
}
