import assert from "node:assert/strict";
import { test } from "node:test";
import { finder } from "#/masking/finder.test-support.ts";
import { redact } from "#/masking/replacement/replace.ts";
import { maskRow, planRow } from "./mask-row.ts";
import type { ValueDescription } from "./value-class.ts";

function mask(
  columns: readonly ValueDescription[],
  values: readonly (string | null)[],
): readonly (string | null)[] {
  return maskRow(finder, redact, planRow(finder, columns), values).map(({ text }) => text);
}

const column = (
  name: string,
  type: string | null = "text",
  more: Partial<ValueDescription> = {},
): ValueDescription => ({ name, type, ...more });

test("columns that are told by their name are replaced whole, whatever stands in them", () => {
  const names = [
    "email",
    "customerEmail",
    "Customer E-Mail",
    "phone_number",
    "ssn",
    "iban",
    "card_number",
    "first_name",
    "last_name",
    "password_hash",
    "api_key",
    "street_address",
    "dob",
    "client_ip",
    "passport_no",
    "token",
  ];
  for (const name of names)
    assert.match(mask([column(name)], ["anything at all"])[0] ?? "", /^<[A-Z_]+>$/, name);
});

test("columns that are about such a column are not", () => {
  const names = [
    "email_sent",
    "phone_verified",
    "is_email_valid",
    "address_id",
    "token_count",
    "password_expires",
    "email_count",
    "id",
    "status",
    "product_name",
    "note",
  ];
  for (const name of names) assert.deepEqual(mask([column(name)], ["plain"]), ["plain"], name);
});

test("an alias hides nothing: the column that a value comes from counts more than its name", () => {
  assert.deepEqual(mask([column("note", "text", { column: "ssn" })], ["536-90-4399"]), [
    "<US_SSN>",
  ]);
  assert.deepEqual(mask([column("x", "text", { column: "name", table: "customers" })], ["Ada"]), [
    "<PERSON>",
  ]);
  assert.deepEqual(mask([column("name", "text", { table: "products" })], ["Lamp"]), ["Lamp"]);
});

test("null stays null, and emptiness empty", () => {
  assert.deepEqual(mask([column("email"), column("email")], [null, ""]), [null, ""]);
});

test("free text is scanned, and only what is found in it replaced", () => {
  const text = "please call (415) 555-0132 or write to ada@example.com";
  assert.deepEqual(mask([column("note")], [text]), [
    "please call <PHONE_NUMBER> or write to <EMAIL>",
  ]);
  assert.deepEqual(mask([column("tags", "text[]")], ["{a,ada@example.com}"]), ["{a,<EMAIL>}"]);
});

test("a column's name counts as a word that stands before its values", () => {
  assert.deepEqual(mask([column("routing")], ["121000358"]), ["<US_ABA_ROUTING>"]);
  assert.deepEqual(mask([column("order_number")], ["121000358"]), ["121000358"]);
});

test("times, identifiers and truth values are shown as they are", () => {
  const values = [
    "2024-01-15 10:23:45+00",
    "550e8400-e29b-41d4-a716-446655440000",
    "t",
    "42",
    "19.99",
    "1700000000123",
  ];
  const types = ["timestamptz", "uuid", "bool", "int4", "numeric", "int8"];
  assert.deepEqual(
    mask(
      types.map((type, index) => column(`c${index}`, type)),
      values,
    ),
    values,
  );
});

test("a number is replaced where its column or its digits tell", () => {
  assert.deepEqual(
    mask(
      [column("ssn", "int8"), column("n", "int8"), column("n", "int8")],
      ["536904399", "4111111111111111", "4111111111111112"],
    ),
    ["<US_SSN>", "<CREDIT_CARD>", "4111111111111112"],
  );
});

test("a number is read however its type writes it", () => {
  const cells: readonly (readonly [string, string, string])[] = [
    ["float8", "4.111111111111111e+15", "<CREDIT_CARD>"],
    ["double precision", "4111111111111111", "<CREDIT_CARD>"],
    ["money", "$4,111,111,111,111,111.00", "<CREDIT_CARD>"],
    ["numeric(20, 2)", "4111111111111111.00", "<CREDIT_CARD>"],
    ["oid", "4111111111", "4111111111"],
    ["numeric", "4111111111111.111", "4111111111111.111"],
    ["float8", "1.5e+300", "1.5e+300"],
    ["money", "-$19.99", "-$19.99"],
  ];
  for (const [type, value, expected] of cells)
    assert.deepEqual(mask([column("n", type)], [value]), [expected], type);
});

test("what can hold anything and can't be read is replaced whole", () => {
  for (const type of ["tsvector", "tsquery", "bit varying", "hstore", "record", "json[]", "_jsonb"])
    assert.deepEqual(mask([column("n", type)], ["'ada':1"]), ["<UNSCANNED>"], type);
  assert.deepEqual(mask([column("n", "xml")], ["<a>ada@example.com</a>"]), ["<a><EMAIL></a>"]);
  assert.deepEqual(mask([column("n", "timestamp with time zone")], ["2024-01-15"]), ["2024-01-15"]);
});

test("what a column's name tells only roughly, its value may tell", () => {
  const token = ["ghp", "0123456789abcdefABCDEFghijklmnopqrst"].join("_");
  assert.deepEqual(mask([column("token"), column("token")], [token, "hunter2"]), [
    "<PROVIDER_TOKEN>",
    "<PASSWORD>",
  ]);
  assert.deepEqual(mask([column("n", "json")], [`{"token":"${token}"}`]), [
    '{"token":"<PROVIDER_TOKEN>"}',
  ]);
  assert.deepEqual(mask([column("tax_id")], ["390.533.447-05"]), ["<BR_CPF>"]);
});

test("a check that one number in a hundred passes tells of a column, and not of one number", () => {
  const samples = ["44051401359", "02070803628", "92071314764"];
  assert.deepEqual(mask([column("a", "text", { samples })], samples.slice(0, 1)), ["<PL_PESEL>"]);
  assert.deepEqual(mask([column("a")], samples.slice(0, 1)), samples.slice(0, 1));
});

test("digits of two number columns side by side are nothing together", () => {
  assert.deepEqual(mask([column("a", "int4"), column("b", "int4")], ["41111111", "11111111"]), [
    "41111111",
    "11111111",
  ]);
});

test("samples tell what a column is that nothing else tells", () => {
  const samples = ["536-90-4399", "219-09-9998", "457-55-5462", null];
  assert.deepEqual(mask([column("a", "text", { samples })], ["no number"]), ["<US_SSN>"]);
  assert.deepEqual(mask([column("a", "text", { samples: ["x", "y", "z"] })], ["no number"]), [
    "no number",
  ]);
});

test("types that are addresses are replaced; bytes show their length alone", () => {
  assert.deepEqual(
    mask(
      [column("a", "inet"), column("b", "macaddr"), column("c", "bytea")],
      ["203.0.113.7", "00:1a:2b:3c:4d:5e", "\\x0102ff"],
    ),
    ["<IP_ADDRESS>", "<MAC_ADDRESS>", "<BYTES 3>"],
  );
});

test("a value for which there is no column is replaced", () => {
  assert.deepEqual(mask([column("a")], ["one", "two"]), ["one", "<UNSCANNED>"]);
});

test("a secret that is split over two columns takes both away", () => {
  const columns = [column("part_one"), column("part_two"), column("other")];
  assert.deepEqual(mask(columns, ["4111 1111 ", "1111 1111", "fine"])[2], "fine");
  assert.deepEqual(mask(columns, ["41111111", "11111111", "fine"]), [
    "<CREDIT_CARD>",
    "<CREDIT_CARD>",
    "fine",
  ]);
  assert.deepEqual(mask(columns, ["ada.lovelace@exam", "ple.com", "fine"]).slice(0, 2), [
    "<EMAIL>",
    "<EMAIL>",
  ]);
  assert.deepEqual(mask(columns, ["Lamp", "Table", "fine"]), ["Lamp", "Table", "fine"]);
});

test("JSON is masked by key and by value, and stays what it is", () => {
  const json =
    '{"customer": {"email": "ada@example.com", "age": 36, "ssn": 536904399}, "notes": ["call +44 20 7946 0123", null, true]}';
  const [masked] = mask([column("payload", "jsonb")], [json]);
  assert.equal(
    masked,
    '{"customer": {"email": "<EMAIL>", "age": 36, "ssn": 0}, "notes": ["call <PHONE_NUMBER>", null, true]}',
  );
});

test("what should be JSON and is none is scanned as text", () => {
  assert.deepEqual(mask([column("payload", "json")], ['{"a": ada@example.com']), ['{"a": <EMAIL>']);
});
