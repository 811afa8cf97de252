/** Results of queries, made up here: each cell says whether it holds something that must not be shown. */
import { createHash } from "node:crypto";
import { createDraw } from "../../server/src/masking/sample-texts.test-support.ts";
import type { ValueDescription } from "../../server/src/masking/values/value-class.ts";

export interface Cell {
  readonly text: string | null;
  /** What of it must not pass: the whole, a part, or nothing. */
  readonly sensitive: string | null;
}

export interface ResultSet {
  readonly columns: readonly ValueDescription[];
  readonly rows: readonly (readonly Cell[])[];
}

type Make = (row: number) => Cell;

const draw = createDraw(20_240_131);
const pick = (items: readonly string[]) => items[draw(items.length)] ?? "";
const digits = (count: number) => Array.from({ length: count }, () => draw(10)).join("");
const open = (text: string | null): Cell => ({ text, sensitive: null });
const hidden = (text: string): Cell => ({ text, sensitive: text });
const within = (before: string, text: string, after: string): Cell => ({
  text: `${before}${text}${after}`,
  sensitive: text,
});

const firstNames =
  "Ada Grace Edsger Barbara Donald Frances Ken Radia Alan Margaret Søren Zoë José".split(" ");
const lastNames =
  "Lovelace Hopper Dijkstra Liskov Knuth Allen Thompson Perlman Turing Hamilton Müller Nuñez".split(
    " ",
  );
const cities = "Berlin Lyon Leeds Austin Porto Gdańsk Malmö Osaka".split(" ");
const words =
  "please deliver to the back door and call before noon the order was late again customer asks for a refund of the blue lamp".split(
    " ",
  );
const sentence = (count: number) => Array.from({ length: count }, () => pick(words)).join(" ");
const hex = (count: number) =>
  createHash("sha512")
    .update(String(draw(1e9)))
    .digest("hex")
    .slice(0, count);
const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
const time = () =>
  `202${draw(5)}-0${1 + draw(9)}-1${draw(10)} 1${draw(10)}:2${draw(10)}:3${draw(10)}.${digits(6)}+00`;
const email = () =>
  `${pick(firstNames).normalize("NFD").replaceAll(/\W/g, "").toLowerCase()}${draw(9999)}@example.${pick(["com", "org", "net"])}`;
const phone = () =>
  pick([
    `+44 20 7946 0${digits(3)}`,
    `(415) 555-0${digits(3)}`,
    `+49 30 ${digits(8)}`,
    `+1-212-555-0${digits(3)}`,
  ]);
const ssn = () => `${100 + draw(500)}-${10 + draw(89)}-${1000 + draw(8999)}`;

function card(): string {
  const body = `4${digits(14)}`;
  let sum = 0;
  for (const [index, digit] of Array.from(body).entries()) {
    const value = Number(digit) * (index % 2 === 0 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  const number = `${body}${(10 - (sum % 10)) % 10}`;
  return draw(2) === 0 ? number : number.replaceAll(/(\d{4})(?=\d)/g, "$1 ");
}

function iban(): string {
  const account = `37040044${digits(10)}`;
  const rest = Array.from(`${account}131400`, Number).reduce(
    (left, digit) => (left * 10 + digit) % 97,
    0,
  );
  return `DE${String(98 - rest).padStart(2, "0")}${account}`;
}

const note: Make = () => {
  const kind = draw(10);
  if (kind === 0) return within(`${sentence(4)}, write to `, email(), `. ${sentence(3)}`);
  if (kind === 1) return within(`${sentence(3)} call me at `, phone(), ` ${sentence(2)}`);
  if (kind === 2) return within(`${sentence(2)} paid with card `, card(), ` today`);
  if (kind === 3)
    return open(
      `order ${digits(10)} of ${time().slice(0, 10)}, parcel ${digits(12)}: ${sentence(4)}`,
    );
  return open(sentence(6 + draw(12)));
};

interface Table {
  readonly [column: string]: readonly [type: string, make: Make];
}

const tables: Readonly<Record<string, Table>> = {
  customers: {
    id: ["int8", (row) => open(String(10_000 + row))],
    created_at: ["timestamptz", () => open(time())],
    status: ["text", () => open(pick(["open", "paid", "sent", "closed"]))],
    amount: ["numeric", () => open(`${draw(10_000)}.${digits(2)}`)],
    email: ["text", () => hidden(email())],
    first_name: ["text", () => hidden(pick(firstNames))],
    last_name: ["text", () => hidden(pick(lastNames))],
    phone: ["text", () => (draw(5) === 0 ? open(null) : hidden(phone()))],
    city: ["varchar", () => open(pick(cities))],
    quantity: ["int4", () => open(String(draw(100)))],
    paid: ["bool", () => open(pick(["t", "f"]))],
    note: ["text", note],
  },
  /** Names that tell nothing: what stands there has to. */
  legacy: {
    c1: ["text", () => hidden(email())],
    c2: ["text", () => hidden(card())],
    c3: ["text", () => hidden(iban())],
    c4: ["text", () => hidden(ssn())],
    c5: ["text", () => hidden(phone())],
    c6: ["int8", () => hidden(card().replaceAll(" ", ""))],
    c7: ["jsonb", () => within(`{"id": ${draw(1e6)}, "contact": {"email": "`, email(), `"}}`)],
    c8: ["text", () => open(sentence(3))],
  },
  /** What looks like something and is nothing. */
  events: {
    id: ["uuid", () => open(uuid())],
    request_id: ["text", () => open(uuid())],
    trace_id: ["text", () => open(hex(32))],
    commit: ["text", () => open(hex(40))],
    order_number: ["text", () => open(digits(10))],
    invoice_no: ["text", () => open(`INV-2024-${digits(6)}`)],
    external_id: ["int8", () => open(`1${digits(17)}`)],
    epoch_ms: ["int8", () => open(`17${digits(11)}`)],
    latitude: ["float8", () => open(`${draw(90)}.${digits(6)}`)],
    longitude: ["float8", () => open(`-${draw(180)}.${digits(6)}`)],
    version: ["text", () => open(`${draw(20)}.${draw(50)}.${draw(3000)}`)],
    sku: ["text", () => open(`AB-${digits(5)}-${pick(["RED", "BLUE"])}`)],
    duration_ms: ["int4", () => open(digits(5))],
    path: ["text", () => open(`/users/${digits(7)}/posts/${digits(9)}?page=${draw(99)}`)],
    message: [
      "text",
      () => open(`request finished in ${draw(999)} ms with status 200 after ${digits(8)} bytes`),
    ],
    item_count: ["int4", () => open(String(draw(1_000_000_000)))],
  },
};

export const resultSetNames: readonly string[] = Object.keys(tables);

export function resultSet(name: string, count: number): ResultSet {
  const table = tables[name] ?? {};
  const columns = Object.entries(table).map(([column, [type]]) => ({ name: column, type }));
  const makes = Object.values(table).map(([, make]) => make);
  const rows = Array.from({ length: count }, (_, row) => makes.map((make) => make(row)));
  return { columns, rows };
}
