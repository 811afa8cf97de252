import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { isUsableName, reservedPrefix } from "#/proxies/postgres/names.ts";
import { Answers } from "#/proxies/postgres/reply/answers.ts";
import { quietExpected } from "#/proxies/postgres/reply/expected.test-support.ts";
import type { Answer, Expected } from "#/proxies/postgres/reply/expected.ts";
import type { Classified, Statement, StatementKind } from "#/proxies/postgres/sql/classified.ts";
import { emptyClassified } from "#/proxies/postgres/sql/classify-text.ts";
import type { Classifier } from "#/proxies/postgres/sql/facts.ts";
import { backend } from "#/proxies/postgres/wire/codec.ts";
import {
  encodeCommandComplete,
  encodeErrorResponse,
  encodeReadyForQuery,
  parseCompleteFrame,
} from "#/proxies/postgres/wire/encode-backend.ts";
import { frameOf } from "#/proxies/postgres/wire/frame.ts";
import type { Portal, Prepared } from "./prepared.ts";
import { namedCharsMax } from "./run-by-name.ts";
import { Statements, statementsBytesMax } from "./statements.ts";

/** Texts mean nothing here; each has a classification of its own. */
const classifier: Pick<Classifier, "classify"> = { classify: (sql) => classifiedOf(sql) };

function classifiedOf(sql: string, statements: readonly Statement[] = []): Classified {
  return { ...emptyClassified, statements, facts: { ...emptyClassified.facts, kinds: [sql] } };
}

function statementOf(kind: StatementKind, name: string | null, text = ""): Statement {
  return {
    kind,
    start: 0,
    end: text.length,
    verbs: ["sql.read"],
    opaque: null,
    name,
    executes: null,
    prepared: kind === "prepare" ? { start: 0, end: text.length } : null,
    chain: false,
    runsAtCommit: false,
  };
}

function preparedOf(sql: string): Prepared {
  return { sql, classified: classifiedOf(sql), parameterTypes: [] };
}

function portalOf(sql: string, executed = false): Portal {
  return {
    statement: preparedOf(sql),
    parameters: [],
    asks: false,
    deferred: [],
    executed,
    fetched: "decided",
  };
}

const done: Answer = { tags: ["DONE"], error: null, rows: 0, suspended: false, status: null };

/** Has the statements run as if by SQL. */
function ran(statements: Statements, run: readonly Statement[], text = "", answer = done): void {
  statements.ran(classifiedOf(text, run), text, answer, { classifier, declares: () => "decided" });
}

/** Has a cursor declared whose query counts as a read. */
function declareRead(statements: Statements, name: string): void {
  const classified = classifiedOf("", [statementOf("declare", name)]);
  statements.ran(classified, "", done, { classifier, declares: () => "read" });
}

const fetchOnly = classifiedOf("");

test("an unnamed statement is replaced, and comes back when the upstream never looked", () => {
  const statements = new Statements();
  statements.prepare("", preparedOf("a"));
  statements.prepare("", preparedOf("b")).skipped();
  assert.equal(statements.statement("")?.sql, "a");
  statements.prepare("", preparedOf("c")).failed();
  assert.equal(statements.statement(""), undefined, "a failing Parse drops the unnamed statement");
});

test("what was closed comes back when the upstream never looked", () => {
  const statements = new Statements();
  statements.prepare("s", preparedOf("a"));
  const undo = statements.closeStatement("s");
  assert.equal(statements.statement("s"), undefined);
  undo.skipped();
  assert.equal(statements.statement("s")?.sql, "a");
  statements.closeStatement("unknown").skipped();
  assert.equal(statements.statement("unknown"), undefined);
});

test("portals end with the transaction, statements do not", () => {
  const statements = new Statements();
  statements.prepare("s", preparedOf("a"));
  statements.bind("p", portalOf("a"));
  statements.endTransaction();
  assert.equal(statements.portal("p"), undefined);
  assert.equal(statements.statement("s")?.sql, "a");
});

test("what SQL prepares has the text of its inner statement, in bytes", () => {
  const statements = new Statements();
  const text = 'prepare "ä" as select 1';
  const start = Buffer.byteLength('prepare "ä" as ');
  const prepared = { start, end: Buffer.byteLength(text) };
  ran(statements, [{ ...statementOf("prepare", "ä"), prepared }], text);
  assert.equal(statements.statement("ä")?.sql, "select 1");
});

test("only statements that were reached have prepared or dropped anything", () => {
  const statements = new Statements();
  statements.prepare("s", preparedOf("a"));
  const run = [statementOf("prepare", "t", "b"), statementOf("deallocate", null)];
  ran(statements, run, "b", { ...done, error: "42P05", tags: ["PREPARE"] });
  assert.deepEqual([statements.statement("s")?.sql, statements.statement("t")?.sql], ["a", "b"]);
  ran(statements, [statementOf("deallocate", "s")]);
  assert.equal(statements.statement("s"), undefined);
  ran(statements, [statementOf("deallocate", null)]);
  assert.equal(statements.statement("t"), undefined);
});

test("DISCARD ALL forgets statements, DISCARD PLANS does not", () => {
  const statements = new Statements();
  statements.prepare("s", preparedOf("a"));
  ran(statements, [statementOf("discard", "plans")]);
  assert.equal(statements.statement("s")?.sql, "a");
  ran(statements, [statementOf("discard", "all")]);
  assert.equal(statements.statement("s"), undefined);
});

test("FETCH from a portal that has not run is judged as running it", () => {
  const statements = new Statements();
  const cursor = (name: string) => statements.names(fetchOnly).cursor(name);
  assert.equal(cursor("p"), null);
  const portal = portalOf("delete");
  statements.bind("p", portal);
  assert.equal(cursor("p"), portal.statement.classified);
  portal.executed = true;
  assert.equal(cursor("p"), fetchOnly);
});

test("FETCH from a declared cursor was decided when it was declared", () => {
  const statements = new Statements();
  const cursor = (name: string) => statements.names(fetchOnly).cursor(name);
  ran(statements, [statementOf("declare", "c")]);
  assert.equal(cursor("c"), fetchOnly);
  statements.bind("c", portalOf("delete"));
  assert.notEqual(cursor("c"), fetchOnly, "a portal of that name is what the server finds");
  statements.endTransaction();
  ran(statements, [statementOf("close", "c")]);
  assert.equal(cursor("c"), null);
  ran(statements, [statementOf("declare", "c"), statementOf("close", null)], "", {
    ...done,
    tags: ["DECLARE CURSOR", "CLOSE CURSOR ALL"],
  });
  assert.equal(cursor("c"), null);
});

test("names that are the gateway's own, or that the server would cut, are not usable", () => {
  assert.equal(isUsableName(""), true);
  assert.equal(isUsableName("s".repeat(63)), true);
  assert.equal(isUsableName("s".repeat(64)), false);
  assert.equal(isUsableName("ä".repeat(32)), false);
  assert.equal(isUsableName(`${reservedPrefix}_1`), false);
});

/** As a server has it: names to texts, messages in order, everything skipped between an error and Sync. */
class ServerModel {
  readonly statements = new Map<string, string>();
  #queue: (() => Buffer | null)[] = [];
  #skipping = false;
  readonly #answers: Answers;

  constructor(answers: Answers) {
    this.#answers = answers;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** `act` throws where the server fails. */
  receive(act: () => Buffer): void {
    this.#queue.push(() => {
      if (this.#skipping) return null;
      try {
        return act();
      } catch (error) {
        // The model itself found the judged text to be another one.
        if (error instanceof assert.AssertionError) throw error;
        this.#skipping = true;
        return encodeErrorResponse({ severity: "ERROR", code: "42601", message: "No." });
      }
    });
  }

  receiveSync(): void {
    this.#queue.push(() => {
      this.#skipping = false;
      return encodeReadyForQuery("idle");
    });
  }

  work(messages: number): void {
    for (const answer of this.#queue.splice(0, messages)) {
      const frame = answer();
      if (frame !== null) this.#answers.take(frameOf(frame));
    }
  }
}

type Step =
  | {
      readonly kind: "parse";
      readonly name: string;
      readonly text: string;
      readonly fails: boolean;
    }
  | { readonly kind: "close" | "bind" | "deallocate"; readonly name: string }
  | { readonly kind: "prepare"; readonly name: string; readonly text: string }
  | { readonly kind: "fail" | "sync" | "deallocate_all" }
  | { readonly kind: "work"; readonly messages: number };

const name = fc.constantFrom("", "s", "t", "n".repeat(63), `${"n".repeat(63)}x`);
const text = fc.constantFrom("select", "delete", "drop", "update");
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant("parse" as const),
        name,
        text,
        fails: fc.integer({ min: 0, max: 5 }).map((draw) => draw === 0),
      }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("bind" as const), name }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("close", "deallocate"), name }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("prepare" as const), name, text }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constantFrom("fail", "sync", "sync", "deallocate_all") }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("work" as const),
        messages: fc.integer({ min: 1, max: 4 }),
      }),
    },
  ),
  { minLength: 5, maxLength: 40, size: "max" },
);

const bindComplete = Buffer.from([backend.bindComplete, 0, 0, 0, 4]);
const closeComplete = Buffer.from([backend.closeComplete, 0, 0, 0, 4]);

/** Plays a session's part: what it checks, sends and waits for. */
function play(script: readonly Step[]): { readonly binds: number } {
  const registry = new Statements();
  const answers = new Answers();
  const server = new ServerModel(answers);
  let failed = false;
  let binds = 0;
  const key = (full: string) => full.slice(0, 63);
  const settle = () => server.work(server.waiting);
  const send = (
    kind: Expected["kind"],
    act: () => Buffer,
    handlers: Partial<Pick<Expected, "onAnswer" | "onSkipped">> = {},
  ) => {
    answers.expect({
      ...quietExpected(kind),
      ...handlers,
      onAnswer: (answer) => {
        if (answer.error !== null) failed = true;
        handlers.onAnswer?.(answer);
      },
    });
    server.receive(act);
  };
  const sql = (statement: Statement, source: string, act: () => void) => {
    send(
      "execute",
      () => {
        act();
        return encodeCommandComplete("DONE");
      },
      { onAnswer: (answer) => ran(registry, [statement], source, answer) },
    );
    // A session lets nothing follow that depends on names before this is answered.
    settle();
  };

  for (const step of script) {
    if (failed && step.kind !== "sync" && step.kind !== "work") continue;
    switch (step.kind) {
      case "parse": {
        const taken = step.name !== "" && registry.statement(step.name) !== undefined;
        if (taken || !isUsableName(step.name)) break;
        const undo = registry.prepare(step.name, preparedOf(step.text));
        send(
          "parse",
          () => {
            if (step.name === "") server.statements.delete("");
            if (step.fails || server.statements.has(key(step.name))) throw new Error("no");
            server.statements.set(key(step.name), step.text);
            return parseCompleteFrame;
          },
          {
            onAnswer: ({ error }) => {
              if (error !== null) undo.failed();
            },
            onSkipped: undo.skipped,
          },
        );
        break;
      }
      case "bind": {
        const judged = registry.statement(step.name)?.sql;
        if (judged === undefined) break;
        send("bind", () => {
          const runs = server.statements.get(key(step.name));
          if (runs === undefined) throw new Error("no such statement");
          assert.equal(judged, runs, "what is judged is what the upstream runs");
          binds += 1;
          return bindComplete;
        });
        break;
      }
      case "close": {
        if (!isUsableName(step.name)) break;
        const undo = registry.closeStatement(step.name);
        send(
          "close",
          () => {
            server.statements.delete(key(step.name));
            return closeComplete;
          },
          { onSkipped: undo.skipped },
        );
        break;
      }
      case "deallocate": {
        // The parser has cut names in SQL already.
        const cut = key(step.name);
        if (cut === "") break;
        sql(statementOf("deallocate", cut), "", () => {
          if (!server.statements.delete(cut)) throw new Error("no such statement");
        });
        break;
      }
      case "prepare": {
        const cut = key(step.name);
        if (cut === "") break;
        sql(statementOf("prepare", cut, step.text), step.text, () => {
          if (server.statements.has(cut)) throw new Error("there is one already");
          server.statements.set(cut, step.text);
        });
        break;
      }
      case "deallocate_all":
        sql(statementOf("deallocate", null), "", () => server.statements.clear());
        break;
      case "fail":
        send("describe", () => {
          throw new Error("no such portal");
        });
        break;
      case "sync":
        answers.expect(quietExpected("sync"));
        server.receiveSync();
        settle();
        failed = false;
        for (const each of ["", "s", "t", "n".repeat(63)]) {
          assert.equal(registry.statement(each)?.sql, server.statements.get(each), "in step");
        }
        break;
      case "work":
        server.work(step.messages);
        break;
    }
  }
  return { binds };
}

test("a name is never judged by another text than the upstream has, whatever fails or is skipped", () => {
  let binds = 0;
  fc.assert(
    fc.property(steps, (script) => {
      binds += play(script).binds;
    }),
    { numRuns: 3000 },
  );
  assert.ok(binds > 1000, `scripts get as far as binding, ${binds} times`);
});

test("a statement that replaces another twice in a skipped pipeline is the first again", () => {
  const parse = (sql: string, fails = false): Step => ({
    kind: "parse",
    name: "",
    text: sql,
    fails,
  });
  const script: readonly Step[] = [
    parse("delete"),
    { kind: "sync" },
    { kind: "fail" },
    parse("select"),
    parse("update"),
    { kind: "sync" },
    { kind: "bind", name: "" },
    { kind: "sync" },
  ];
  assert.deepEqual(play(script), { binds: 1 });
});

test("what is run by a name is shown once, with no line of it outside the comment", () => {
  const statements = new Statements();
  const hostile = "p\r\ndrop table customers\n";
  statements.prepare(hostile, preparedOf("select 1\rselect 2\n"));
  const execute: Statement = { ...statementOf("execute", hostile), executes: hostile };
  const { named, isWhole } = statements.runByName(classifiedOf("", [execute, execute, execute]));
  assert.equal(isWhole, true);
  assert.deepEqual(
    named.map((each) => each.text),
    ["-- p\n-- drop table customers\n--  is:\n-- select 1\n-- select 2\n-- "],
  );
});

test("more than its bound is not run by name", () => {
  const statements = new Statements();
  const long = "x".repeat(namedCharsMax / 2 - 100);
  const executes = ["a", "b", "c"].map((each): Statement => {
    statements.prepare(each, preparedOf(long));
    return { ...statementOf("execute", each), executes: each };
  });
  assert.equal(statements.runByName(classifiedOf("", executes.slice(1))).isWhole, true);
  const { named, isWhole } = statements.runByName(classifiedOf("", executes));
  assert.deepEqual([named.length, isWhole], [2, false]);
});

test("texts and values are counted, and what is closed makes room", () => {
  const statements = new Statements();
  const quarter = "x".repeat(statementsBytesMax / 4);
  for (let count = 0; count < 5; count += 1) statements.prepare(`s${count}`, preparedOf(quarter));
  assert.equal(statements.full, true);
  statements.closeStatement("s4");
  assert.equal(statements.full, false);
  const value = { type: 25, format: "text", bytes: quarter } as const;
  statements.bind("p", { ...portalOf(""), parameters: [value] });
  assert.equal(statements.full, true);
  statements.bind("p", portalOf(""));
  assert.equal(statements.full, false);
});

test("SQL's CLOSE ends the protocol's portals, so that a cursor of the name is not taken for one", () => {
  const statements = new Statements();
  const closed: Answer = { ...done, tags: ["CLOSE CURSOR"] };
  for (const portal of ["p", "q"]) statements.bind(portal, portalOf("select 1"));
  ran(statements, [statementOf("close", "p")], "", closed);
  assert.deepEqual([statements.portal("p"), statements.portalsOpen], [undefined, 1]);
  ran(statements, [statementOf("close", null)], "", closed);
  assert.equal(statements.portalsOpen, 0);
});

test("a cursor that is declared anew stands for what it was declared for last, also in a session that has too many", () => {
  const statements = new Statements();
  ran(statements, [statementOf("declare", "c")]);
  assert.equal(statements.fetched("c"), "decided");
  declareRead(statements, "c");
  assert.equal(statements.fetched("c"), "read");
  ran(statements, [statementOf("declare", "d")]);
  for (let at = 0; at < 10_000; at += 1) declareRead(statements, `other ${at}`);
  declareRead(statements, "d");
  assert.equal(statements.fetched("d"), "read");
});
