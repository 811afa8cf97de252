import assert from "node:assert/strict";
import { test } from "node:test";
import { joined } from "#/masking/catalogue/entry.ts";
import { finder } from "#/masking/finder.test-support.ts";
import { maskText } from "#/masking/mask-text.ts";
import { redact } from "#/masking/replacement/replace.ts";

const token = joined("gh", "p_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
const mask = (text: string) => maskText(finder, redact, text).text;

test("what a connection string explains is no finding of its own, and only its password goes", () => {
  assert.equal(
    mask("amqp://ada:b0b-secret@mq.example.com:5672/x"),
    "amqp://ada:<CONNECTION_STRING>@mq.example.com:5672/x",
  );
});

test("a token in the place of a user goes too, in the order of the text", () => {
  assert.equal(
    mask(`https://${token}:x-oauth-basic@host.example`),
    "https://<PROVIDER_TOKEN>:<CONNECTION_STRING>@host.example",
  );
  assert.equal(
    mask(`https://ada:${token}@host.example`),
    "https://ada:<PROVIDER_TOKEN>@host.example",
  );
});

test("of two that overlap in part no byte is left", () => {
  const text = mask("call +1 415 555 0132 4111 1111 1111 1111");
  assert.doesNotMatch(text, /\d{4}/);
});

test("what is not looked for hides nothing of what is", () => {
  const texts = [
    "postgres://ada@example.com:secret@db/customers",
    "Server=db;User Id=ada@example.com;Password=hunter2;",
    "password=ada@example.com",
    "-----BEGIN RSA PRIVATE KEY-----\nada@example.com\n-----END RSA PRIVATE KEY-----",
  ];
  const onlyEmail = finder.only(new Set(["email"]));
  for (const text of texts) {
    assert.equal(
      maskText(onlyEmail, redact, text).text,
      text.replace("ada@example.com", "<EMAIL>"),
    );
  }
});
