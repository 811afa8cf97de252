import assert from "node:assert/strict";
import { test } from "node:test";
import { type SampleTable, sampleTables } from "./sample-data.ts";

const tables = sampleTables();

test("the sample data is the same each time it is drawn", () => {
  assert.deepEqual(sampleTables(), tables);
});

test("the shop has some ten thousand customers and orders", () => {
  const counts = tables.map(({ name, rows }) => [name, rows.length]);
  assert.deepEqual(counts, [
    ["customers", 10_000],
    ["products", 96],
    ["orders", 10_000],
    ["payments", 8_771],
  ]);
});

test("every card number passes the Luhn check", () => {
  const numbers = column("payments", "card_number");
  assert.ok(numbers.every((number) => /^\d{15,16}$/.test(number) && passesLuhn(number)));
  assert.ok(!passesLuhn(numbers[0]?.replace(/^./, "9") ?? ""), "the check can fail");
});

test("every account number passes the check of ISO 13616", () => {
  const ibans = column("customers", "iban").filter((value) => value !== "null");
  assert.ok(ibans.length > 7_000);
  assert.ok(ibans.every((iban) => passesMod97(iban)));
  assert.ok(!passesMod97(ibans[0]?.replace(/\d$/, "x") ?? ""), "the check can fail");
});

test("account numbers have the length that their country prescribes", () => {
  const lengths = { DE: 22, FR: 27, GB: 22, IE: 22, SE: 24 };
  for (const [country, length] of Object.entries(lengths)) {
    const ibans = column("customers", "iban").filter((value) => value.startsWith(country));
    assert.ok(ibans.length > 0 && ibans.every((iban) => iban.length === length), country);
  }
});

test("no address of a sample customer can reach anybody", () => {
  const emails = column("customers", "email");
  assert.equal(new Set(emails).size, emails.length);
  assert.ok(emails.every((email) => /^[a-z]+\.[a-z]+\d*@example\.(com|net|org)$/.test(email)));
});

test("no telephone number of a sample customer can reach anybody", () => {
  const fiction = [
    /^\+49 (30 23125|69 90009|40 66969|89 99998) \d{3}$/,
    /^\+33 (1 99 00|2 61 91|6 39 98) \d\d \d\d$/,
    /^\+44 (20 7946 0|161 496 0|7700 900)\d{3}$/,
    /^\+353 20 91\d \d{4}$/,
    /^\+46 (8 465 004|31 390 06|40 628 04) \d\d$/,
    /^\+1 \d{3} 555 01\d\d$/,
  ];
  const strays = column("customers", "phone").filter(
    (phone) => !fiction.some((range) => range.test(phone)),
  );
  assert.deepEqual(strays, []);
});

test("an order costs what its products cost, and a payment what its order costs", () => {
  const price = new Map(pairs("products", "id", "price_cents"));
  const total = new Map(pairs("orders", "id", "total_cents"));
  const orders = rowsOf("orders");
  for (const row of orders) {
    const expected = Number(row["quantity"]) * Number(price.get(String(row["product_id"])));
    assert.equal(Number(row["total_cents"]), expected);
  }
  for (const [order, amount] of pairs("payments", "order_id", "amount_cents")) {
    assert.equal(amount, total.get(order));
  }
});

function passesLuhn(number: string): boolean {
  const sum = Array.from(number)
    .toReversed()
    .map((digit, index) => Number(digit) * (1 + (index % 2)))
    .reduce((total, value) => total + (value > 9 ? value - 9 : value), 0);
  return sum % 10 === 0;
}

function passesMod97(iban: string): boolean {
  const moved = `${iban.slice(4)}${iban.slice(0, 4)}`;
  const digits = Array.from(moved, (character) => Number.parseInt(character, 36)).join("");
  return BigInt(digits) % 97n === 1n;
}

function rowsOf(name: string): readonly Record<string, unknown>[] {
  const table: SampleTable | undefined = tables.find((candidate) => candidate.name === name);
  assert.ok(table);
  const names = table.columns.map((entry) => entry.name);
  return table.rows.map((row) => Object.fromEntries(names.map((key, index) => [key, row[index]])));
}

function column(table: string, name: string): readonly string[] {
  return rowsOf(table).map((row) => String(row[name]));
}

function pairs(table: string, key: string, value: string): readonly (readonly [string, string])[] {
  return rowsOf(table).map((row) => [String(row[key]), String(row[value])] as const);
}
