/** What a protocol provides to be tested, and what each test gets of it. */

import { type TestContext, test } from "node:test";
import type { RefusalCode } from "#/core/refusal.ts";
import type { Verb } from "#/core/verb.ts";
import { openStage, type Stage } from "./stage.ts";
import type { StageStore } from "./watched-writes.ts";

/**
 * `read` has to be one that is proven; `denied` is what the rules of the suite forbid. `wide` is a write of three rows
 * where `write` is of one, and `uncounted` one of which nobody is told how many rows it touches.
 */
export type ProposalKind = "read" | "write" | "denied" | "wide" | "uncounted";

/** What the client was told in the end. */
export type Heard = "ran" | RefusalCode;

export interface CallerUnderTest {
  /** Proposals of one kind and name have the same content; the name is part of the command. */
  propose(kind: ProposalKind, name: string): Promise<Heard>;
  /** Leaves without a word; resolves when the gateway has noticed. What it has proposed may never resolve. */
  leave(): Promise<void>;
}

export interface GatewayUnderTest {
  /** A client of the stage's principal. */
  connect(): Promise<CallerUnderTest>;
  /** How often clients were told that they wait for people. */
  told(): number;
  /** The names of all commands that the upstream was sent, once for each time. */
  sent(): readonly string[];
  /** Whether the upstream has answered the command of this name. */
  answered(name: string): boolean;
  /** Whether anything of the upstream's answer has reached the client. */
  disclosed(name: string): boolean;
  /** How many rows of this write are there to stay, as somebody else sees it. */
  stays(name: string): Promise<number>;
  /** From outside: what is held means something else now. */
  changeMeaning(): Promise<void>;
  /** The next reading of a session's meaning fails. */
  failMeaning(): void;
  /** The upstream is lost when it is sent this command, before it answers. */
  loseAt(name: string): void;
  close(): Promise<void>;
}

export interface ProtocolUnderTest {
  readonly verbs: Readonly<Record<"read" | "write" | "denied", Verb>>;
  /** How many clients it can have at a time; a hundred or more where that is cheap. */
  readonly callersMax: number;
  openStore(): StageStore;
  /** To call `touch` whenever what it tells has changed. */
  open(stage: Stage): Promise<GatewayUnderTest>;
}

export interface Scene {
  readonly stage: Stage;
  readonly gateway: GatewayUnderTest;
  readonly rules: Rules;
  readonly callersMax: number;
}

export type Check = (guarantee: string, run: (scene: Scene) => Promise<void>) => void;

export type Rules = Readonly<
  Record<"usual" | "writesRun" | "twoRows" | "twoAsked" | "writesDenied", string>
>;

/** A test with a gateway and a stage of its own. */
export function checkOver(protocol: ProtocolUnderTest): Check {
  const rules = rulesFor(protocol.verbs);
  return (guarantee, run) => {
    test(guarantee, async (context: TestContext) => {
      const stage = openStage(protocol.openStore());
      stage.rule(rules.usual);
      const gateway = await protocol.open(stage);
      context.after(async () => {
        await gateway.close();
        await stage.close();
      });
      await run({ stage, gateway, rules, callersMax: protocol.callersMax });
    });
  };
}

function rulesFor({ read, write, denied }: ProtocolUnderTest["verbs"]): Rules {
  const rule = (id: string, annotations: string, effect: string, verb: Verb) =>
    `@id("${id}")\n${annotations}\n@reason("The rule ${id} says so.")\n` +
    `${effect} (principal, action == Countersign::Action::"${verb}", resource);\n`;
  const rest = rule("reads-run", "", "permit", read) + rule("never", "", "forbid", denied);
  return {
    usual: rest + rule("writes-wait", '@review("1 of dba")', "permit", write),
    writesRun: rest + rule("writes-run", "", "permit", write),
    twoRows: rest + rule("writes-run-small", '@max_rows("2")', "permit", write),
    twoAsked: rest + rule("writes-wait-for-two", '@review("2 of dba")', "permit", write),
    writesDenied: rest + rule("writes-never", "", "forbid", write),
  };
}
