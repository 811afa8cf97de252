import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Digest } from "#/core/ids.ts";
import type { ShownRuns } from "#/core/pseudonym.ts";
import { maskAction } from "#/masking/action/mask-action.ts";
import { finder } from "#/masking/finder.test-support.ts";
import { createClassifier } from "#/proxies/postgres/sql/facts.ts";
import { restoreCommand, restoreParameter, whyMoved } from "./restore.ts";

const { classify } = await createClassifier({ bytesMax: 1_000_000 });

interface Shown {
  readonly command: string;
  readonly runs: ShownRuns;
}

async function show(command: string): Promise<Shown> {
  const { facts } = classify(command);
  const content = { command, parameters: [], facts, data: null, agentReason: null, asked: null };
  const masked = await maskAction(finder, content, () => Promise.resolve());
  const literals = masked.fields.map(({ start, end, original }) => {
    return { shown: masked.command.slice(start, end), written: original };
  });
  const { pseudonyms, parameters } = masked;
  return {
    command: masked.command,
    runs: { digest: "d" as Digest, pseudonyms, literals, parameters },
  };
}

/** The edit as it would run, or why it does not. */
function read(edited: string, sent: string, { runs }: Shown): string {
  const restored = restoreCommand(edited, sent, runs);
  if (restored.kind === "misplaced") return restored.why;
  return whyMoved(restored.kept, classify(restored.command).facts.literals) ?? restored.command;
}

const sent =
  "update customers set phone = '+1 555 0100', note = 'see ada@example.com' where email = 'ada@example.com' and card_number = 4111111111111111 /* ask ada@example.com */";

test("an edit that keeps what is masked means what was sent, to the byte", async () => {
  const commands = [
    sent,
    "select E'ada\\x40example.com', U&'\\0061da@example.com', $x$ada@example.com$x$",
    "select 'it''s ada@example.com''s', '<EMAIL_1>'",
    "insert into users (email, ssn) values ('a', '1'), ('b', '2') -- bob@example.com",
    "select 'é', '😀 ada@example.com' as \"é\"",
  ];
  for (const command of commands) {
    const shown = await show(command);
    assert.notEqual(shown.command, command);
    assert.equal(read(shown.command, command, shown), command);
  }
});

test("beside what is kept, anything can be edited", async () => {
  const shown = await show(sent);
  assert.equal(
    shown.command,
    "update customers set phone = '<PHONE_NUMBER_1>', note = 'see <EMAIL_1>' where email = '<EMAIL_1>' and card_number = <CREDIT_CARD_1> /* ask <EMAIL_1> */",
  );
  const edited =
    "update customers set note = 'don''t see <EMAIL_1>' where card_number = <CREDIT_CARD_1> and email = E'<EMAIL_1>' and id = 1 -- no comment";
  assert.equal(
    read(edited, sent, shown),
    "update customers set note = 'don''t see ada@example.com' where card_number = 4111111111111111 and email = E'ada@example.com' and id = 1 -- no comment",
  );
});

test("what a kept value needs in its literal is written as that literal writes it", async () => {
  const command = "select 1 from customers where name = 'O''Hara \\ Sons'";
  const shown = await show(command);
  const forms: Readonly<Record<string, string>> = {
    "'<PERSON_1>'": "'O''Hara \\ Sons'",
    "E'<PERSON_1>'": "E'O''Hara \\\\ Sons'",
    "U&'<PERSON_1>'": "U&'O''Hara \\\\ Sons'",
    "$$<PERSON_1>$$": "$$O'Hara \\ Sons$$",
    "'<PERSON_1>' ": "'O''Hara \\ Sons' ",
  };
  for (const [edited, meant] of Object.entries(forms)) {
    const prefix = "select 2 from customers where name = ";
    assert.equal(read(`${prefix}${edited}`, command, shown), `${prefix}${meant}`);
  }
});

test("a value can't be put where it was not: another column, a name, a result, a comment", async () => {
  const shown = await show(
    "delete from customers where email = 'ada@example.com' and id = 7 and ssn = 123456789",
  );
  const elsewhere = [
    "delete from customers where note = '<EMAIL_1>'",
    "update customers set note = '<EMAIL_1>' where email = '<EMAIL_1>'",
    "select '<EMAIL_1>' from customers",
    'select 1 as "<EMAIL_1>" from customers',
    "select 1 from customers where email = <EMAIL_1>",
    "select 1 from customers -- <EMAIL_1>",
    "select 1 from customers where id = <US_SSN_1>",
    "select 1 from customers where ssn = '<US_SSN_1>'",
    "select 1 from customers where email = x<EMAIL_1>",
  ];
  for (const edited of elsewhere) {
    assert.match(read(edited, "", shown), /can't be put elsewhere/, edited);
  }
});

test("a pseudonym that stands for nothing is refused, and one that was sent as text is text", async () => {
  const command = "select 1 from t where a = '<EMAIL_7>' and email = 'ada@example.com'";
  const shown = await show(command);
  assert.match(
    read("select 1 from t where email = '<EMAIL_2>'", command, shown),
    /<EMAIL_2> stands for nothing/,
  );
  const kept = "select 2 from t where a = '<EMAIL_7>' and b = '<NOTHING_1>'";
  assert.equal(read(kept, command, shown), kept);
});

test("a parameter is kept as it is shown, or written anew as a whole", () => {
  const shown: ShownRuns = {
    digest: "d" as Digest,
    pseudonyms: [],
    literals: [],
    parameters: ["see <EMAIL_1>", null],
  };
  assert.deepEqual(restoreParameter("see <EMAIL_1>", 0, "see ada@example.com", shown), {
    isKept: true,
  });
  assert.deepEqual(restoreParameter("new", 0, "see ada@example.com", shown), { isKept: false });
  assert.match(JSON.stringify(restoreParameter("<EMAIL_1>", 0, "x", shown)), /Keep \$1/);
  assert.match(JSON.stringify(restoreParameter("see <EMAIL_1>", 1, null, shown)), /Keep \$2/);
});

test("whatever is sent, an edit that changes nothing means it", async () => {
  const literal = fc.constantFrom(
    "'ada@example.com'",
    "E'a\\'da@example.com'",
    "$q$bob@example.com$q$",
    "4111111111111111",
    "'<EMAIL_1>'",
    "-- ada@example.com\n 1",
    "/* <EMAIL_2> bob@example.com */ 2",
    "'é'",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(literal, { minLength: 1, maxLength: 6 }), async (literals) => {
      const command = `select ${literals.join(", ")} from t where email in (${literals.join(",")})`;
      const shown = await show(command);
      assert.equal(read(shown.command, command, shown), command);
    }),
    { numRuns: 200 },
  );
});
