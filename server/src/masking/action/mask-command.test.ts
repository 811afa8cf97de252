import assert from "node:assert/strict";
import { test } from "node:test";
import { finder } from "#/masking/finder.test-support.ts";
import { createMemoryVault, createPseudonyms } from "#/masking/replacement/pseudonyms.ts";
import { tokeniseIn } from "#/masking/replacement/replace.ts";
import { createClassifier } from "#/proxies/postgres/sql/facts.ts";
import { maskCommand } from "./mask-command.ts";

const classifier = await createClassifier({ bytesMax: 1_000_000 });

function mask(sql: string): string {
  const { literals } = classifier.classify(sql).facts;
  return maskCommand(finder, tokeniseIn(createPseudonyms(createMemoryVault())), sql, literals).text;
}

const commands: Readonly<Record<string, string>> = {
  "select * from customers where email = 'ada@example.com'":
    "select * from customers where email = '<EMAIL_1>'",
  "update customers set phone = '555', note = 'x' where id = 7":
    "update customers set phone = '<PHONE_NUMBER_1>', note = 'x' where id = 7",
  "select * from t where a = 'write to ada@example.com now'":
    "select * from t where a = 'write to <EMAIL_1> now'",
  "select * from t where n = 4111111111111111": "select * from t where n = <CREDIT_CARD_1>",
  "insert into users (email, ssn) values ('a', '1'), ('b', '2'), ('a', '1')":
    "insert into users (email, ssn) values ('<EMAIL_1>', '<US_SSN_1>'), ('<EMAIL_2>', '<US_SSN_2>'), ('<EMAIL_1>', '<US_SSN_1>')",
  "select E'ada\\x40example.com', U&'ada\\0040example.com', $$ada@example.com$$":
    "select E'<EMAIL_1>', U&'<EMAIL_1>', $$<EMAIL_1>$$",
  "select 'o''hara', 'it''s ada@example.com''s'": "select 'o''hara', '<EMAIL_1>'",
  "-- é ada@example.com\nselect 'é', 'ada@example.com'": "-- é <EMAIL_1>\nselect 'é', '<EMAIL_1>'",
  '/* for /* bob@example.com */ */ select 1 as "--", 2 -- ada@example.com':
    '/* for /* <EMAIL_1> */ */ select 1 as "--", 2 -- <EMAIL_2>',
  "select '-- bob@example.com', $$/* ada@example.com */$$, a-/**/-1 from t":
    "select '-- <EMAIL_1>', $$/* <EMAIL_2> */$$, a-/**/-1 from t",
  "delete from orders where created_at < '2024-01-15' and id in (1, 2, 3)":
    "delete from orders where created_at < '2024-01-15' and id in (1, 2, 3)",
  "alter user ada password 'anything'": "alter user ada password '<PASSWORD_1>'",
  "select set_up(api_key => 'anything', note => 'fine')":
    "select set_up(api_key => '<PROVIDER_TOKEN_1>', note => 'fine')",
};

for (const [sql, masked] of Object.entries(commands)) {
  test(`only what literals and comments hold is replaced: ${sql.slice(0, 60)}`, () => {
    assert.equal(mask(sql), masked);
  });
}

test("where something was replaced is told in bytes of the command as it was", () => {
  const sql = "select 'é', 'ada@example.com'";
  const { literals } = classifier.classify(sql).facts;
  const { replaced } = maskCommand(finder, () => "x", sql, literals);
  assert.deepEqual(
    replaced.map(({ start, end, entities }) => [
      Buffer.from(sql).subarray(start, end).toString(),
      entities,
    ]),
    [["'ada@example.com'", ["email"]]],
  );
});
