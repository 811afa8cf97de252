import assert from "node:assert/strict";
import { test } from "node:test";
import { joined } from "./catalogue/entry.ts";
import { finder } from "./finder.test-support.ts";

const card = "4111111111111111";
const token = joined("gh", "p_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");

function entities(text: string | Uint8Array): readonly string[] {
  return finder.find(text).map(({ entity }) => entity);
}

/** What is left of a text when its findings are taken out. */
function rest(text: string): string {
  const bytes = Buffer.from(text);
  let last = 0;
  const kept: Buffer[] = [];
  for (const { start, end } of finder.find(text)) {
    kept.push(bytes.subarray(last, start));
    last = end;
  }
  return Buffer.concat([...kept, bytes.subarray(last)]).toString("utf8");
}

test("bytes that are no UTF-8 end words and hide nothing", () => {
  const text = Buffer.concat([
    Buffer.from([0xff, 0xfe, 0xc3]),
    Buffer.from(card),
    Buffer.from([0xc0, 0x80, 0xf0]),
  ]);
  assert.deepEqual(entities(text), ["credit_card"]);
});

test("NUL bytes are blanks between other things", () => {
  assert.deepEqual(entities(`\0${card}\0ada@example.com\0`), ["credit_card", "email"]);
});

test("a hundred megabytes in one line are looked at to their end", () => {
  const found: string[] = [];
  const stream = finder.start(({ entity }) => found.push(entity));
  const piece = Buffer.alloc(1_048_576, "x");
  for (let index = 0; index < 99; index += 1) stream.push(piece);
  stream.push(Buffer.from(` ${card} `));
  stream.push(piece);
  stream.end();
  assert.deepEqual(found, ["credit_card"]);
});

test("a card that is written in groups as cards are is found behind words that speak of something else", () => {
  for (const text of [
    "order 4111 1111 1111 1111",
    "tickets closed by ada@example.com 4111-1111-1111-1111",
    "invoice: 3782 822463 10005",
  ]) {
    assert.ok(entities(text).includes("credit_card"), text);
  }
});

const cards: Readonly<Record<string, string>> = {
  "full-width digits": "４１１１１１１１１１１１１１１１",
  "Arabic digits": "٤١١١١١١١١١١١١١١١",
  "mathematical digits": "𝟒𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏",
  "zero-width spaces": "4111\u200b1111\u200b1111\u200b1111",
  "soft hyphens": "4111\u00ad1111\u00ad1111\u00ad1111",
  "marks of direction": "\u202e4111\u202c1111\u20661111\u20691111",
  "byte order marks": "4\ufeff111111111111111",
  "no-break spaces": "4111\u00a01111\u202f1111\u20071111",
  "dashes of typography": "4111–1111–1111–1111",
  "one digit at a time": "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
  "percent-encoding": "4111%201111%201111%201111",
  "escapes of JSON": "\\u0034111111111111111",
  "references of HTML": "&#52;111111111111111",
  "percent-encoding, twice": "4111%25201111%25201111%25201111",
  "escapes of strings": "\\x34111111111111111",
  "escapes in braces": "\\u{34}111111111111111",
  "circled digits": "④①①①①①①①①①①①①①①①",
  "marks over its digits": "4\u03011\u030111 1111 1111 1111",
  "tags that are not seen": "4111\u{e0041}111111111111",
};

for (const [disguise, text] of Object.entries(cards)) {
  test(`a card number is found in spite of ${disguise}, with all that hides it`, () => {
    assert.deepEqual(entities(`pay ${text} now`), ["credit_card"]);
    assert.doesNotMatch(rest(`pay ${text} now`), /[1４١𝟏①]/u);
  });
}

test("letters of other scripts that pass for Latin ones do so beside Latin letters", () => {
  assert.deepEqual(entities("write to \u0430da@example.com"), ["email"]);
  assert.deepEqual(entities(token.replace("p_", "\u0440_")), ["provider_token"]);
  assert.deepEqual(entities("слово привет и ничего больше"), []);
});

test("secrets in base64, hexadecimal and percent-encoding are found, whole runs of them", () => {
  const sentence = `the token is ${token}, keep it`;
  for (const text of [
    Buffer.from(sentence).toString("base64"),
    Buffer.from(sentence).toString("base64url"),
    Buffer.from(sentence).toString("hex"),
  ]) {
    assert.deepEqual(entities(`data: ${text} end`), ["provider_token"]);
    assert.equal(rest(`data: ${text} end`), "data:  end");
  }
  assert.deepEqual(entities(encodeURIComponent(`mail=ada@example.com&key=${token}`)), [
    "email",
    "provider_token",
  ]);
});

test("what is encoded for XML, in base64 for links, or in strings within strings is found", () => {
  const chosen = joined("k2m9", "x7q1!");
  for (const text of [
    "ada&commat;example.com",
    "<to><![CDATA[ada@example.com]]></to>",
    '<a href="mailto:ada%2540example.com">',
    JSON.stringify(JSON.stringify({ to: "ada\u0040example.com" })),
  ])
    assert.deepEqual(entities(text), ["email"], text);
  for (const text of [
    `password = &quot;${chosen}&quot;`,
    `<password>${chosen}</password>`,
    JSON.stringify(JSON.stringify({ note: `password = "${chosen}"` })),
    `password = \uff02${chosen}\uff02`,
  ])
    assert.deepEqual(entities(text), ["password"], text);
});

test("an account number that is turned around by marks of direction is found, and a telephone number in full-width digits", () => {
  assert.deepEqual(entities("IBAN \u202eGB29 NWBK 6016\u202c 1331 9268 19"), ["iban"]);
  assert.deepEqual(entities("call ＋４９ ３０ ９０１８２０"), ["phone_number"]);
});

test("overlong UTF-8 is none: its bytes end words, and hide nothing that stands beside them", () => {
  const overlong = Buffer.from([0xc1, 0x80]);
  const text = Buffer.concat([overlong, Buffer.from("ada@example.com"), overlong]);
  assert.deepEqual(entities(text), ["email"]);
  assert.deepEqual(
    entities(Buffer.concat([Buffer.from("ada"), overlong, Buffer.from("example.com")])),
    [],
  );
});

test("what is encoded twice, reversed or enciphered is not found", () => {
  const twice = Buffer.from(Buffer.from(`the token is ${token}`).toString("base64")).toString(
    "base64",
  );
  assert.deepEqual(entities(twice), []);
  assert.deepEqual(entities(Array.from(token).toReversed().join("")), []);
});

test("findings are told in bytes of the text as it was given", () => {
  const text = "é\u200b日本 4111\u200b1111 1111 1111 🙂 ada%40example.com";
  const found = finder
    .find(text)
    .map(({ start, end }) => Buffer.from(text).subarray(start, end).toString());
  assert.deepEqual(found, ["4111\u200b1111 1111 1111", "ada%40example.com"]);
});

/** What looks like something and is nothing; of each, what makes it so. */
const lookalikes: readonly string[] = [
  "550e8400-e29b-41d4-a716-446655440000",
  "de9f2c7fd25e1b3afad3e85a0bd17d9b100db4b3",
  "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  "version 1.2.3.4 of 2024-01-15T10:23:45.123Z",
  "v10.0.19041.1",
  "order 4111111111111112 was shipped, and order_id: 4111111111111111",
  '{"order_id":"4012888888881881","sku":"AB-123-456-7890"}',
  "tracking number 1Z999AA10123456784",
  "1700000000 1700000000123 1700000000123456",
  "12345678 123456789 1234567890 12345678901 123456789012",
  "std::vector<a::b> x; Foo::Bar::baz(c::d)",
  "npm install left-pad@1.3.0 @scope/package@^2.0.0",
  "git@github.com:ada/engine.git",
  "logo@2x.png and icon@3x.webp",
  "127.0.0.1 0.0.0.0 255.255.255.0 ::1",
  "12:34:56 00:00:00:00:00:00",
  "3.14159265358979 2.718281828459045",
  "ISBN 978-3-16-148410-0",
  "lorem ipsum dolor sit amet, task-based risk-averse desk-bound",
  "https://example.com/a/b/c?page=2&size=100#top",
  "postgres://localhost/shop and https://example.com:8080/x",
  "postgres://user:<password>@host/db postgres://user:${PASSWORD}@host/db",
  "password=${PASSWORD};server=db",
  "Authorization: Bearer <token>",
  "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END PUBLIC KEY-----",
  "const apiKey = process.env.API_KEY;",
  "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
  "the github action uses actions/checkout@8e5e7e5ab8b370d6c329ec480221332ada57f0ab",
  "0x00000000 0xdeadbeef 0x1234567890",
  "trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7",
  "room 12-34-56, box 7 8 9 10 11 12, 100 200 300 400",
  "2024-01-15 2023/12/31 15.01.2024 01/15/2024",
];

test("what only looks like something is nothing", () => {
  for (const text of lookalikes) assert.deepEqual(finder.find(text), [], text);
});
