import assert from "node:assert/strict";
import { test } from "node:test";
import { joined } from "#/masking/catalogue/entry.ts";
import { finder } from "#/masking/finder.test-support.ts";

function foundIn(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  return finder.find(bytes).map(({ start, end }) => bytes.toString("utf8", start, end));
}

const digest = joined("4fb45da9e4ab4ddeb758", "0d6a35503d990c2f6b1e");
const short = digest.slice(0, 32);
const uuid = joined("6f1ed002-ab12-4c34", "-9d56-0a1b2c3d4e5f");
const drawn = joined("q7RtX2mKw9Vb", "4ZcN8hJd3LpS");

test("a digest or an identifier near the name of a service is a key only where something says so", () => {
  for (const text of [
    `https://avatars.githubusercontent.com/u/14806300?u=${digest}&v=4`,
    `"url": "https://github.com/facebook/folly", "gravatar_id": "${short}"`,
    `self.event("github-actions", before="${digest}")`,
    `{"project": "sentry", "event": "${uuid}"}`,
  ])
    assert.deepEqual(foundIn(text), [], text);
  assert.deepEqual(foundIn(`github_client_secret: "${digest}"`), [digest]);
  assert.deepEqual(foundIn(`{"github": {"id": 17, "token": "${digest}"}}`), [digest]);
  assert.deepEqual(foundIn(`facebook = "${short}"`), [short]);
  assert.deepEqual(foundIn(`heroku_api_key: ${uuid}`), [uuid]);
});

test("names of classes, of functions and of files are no tokens", () => {
  for (const text of [
    "class LinkedInOAuth2Tests(OAuth2TestsMixin, TestCase):",
    "def test_ExceptionsAsConnectionAttributes(self):",
    "void test_parameterExpansionAndLimitHandler(Style style)",
    `<img src="/media/video_box.ico-${short}.png">`,
    `github.com/gsterjov/go-libsecret v0.0.0-20161001094733-${digest.slice(0, 12)}`,
    "require.Equal(t, key1.PrivateKey, key1Ref1.PrivateKey)",
    "export OP_SERVICE_ACCOUNT_TOKEN=ops_eyJzaWduSW5BZGRyZXNzIjoiaHR0cHM6...",
    `key_down_event=${drawn}`,
    'curl --header "X-Vault-Token: abcd1234..." https://example.com',
  ])
    assert.deepEqual(foundIn(text), [], text);
});

test("labels of a password in any language, and what reads one, are none", () => {
  for (const text of [
    '"password": "Kata Sandi"',
    '"password": "\\u041f\\u0430\\u0440\\u043e\\u043b\\u044c"',
    '"password": "密码"',
    '"password": "\\u30d1\\u30b9\\u30ef\\u30fc\\u30c9"',
    '"invalid_access_token": "\\u7121\\u52b9\\u306a\\u30a2\\u30af\\u30bb\\u30b9"',
    '{{ with secret "kv-v2/data/shop" }}',
    "client = Client(user=options[CONF_USERNAME], host=host, password=options[CONF_PASSWORD], port=port)",
    '{"password1": word, "password2": word}',
    '["secret1", "pod1"]',
  ])
    assert.deepEqual(foundIn(text), [], text);
  assert.deepEqual(foundIn('"password": "Sandi17!x"'), ["Sandi17!x"]);
});

test("a sample of a connection is none where both the user and the password are words of the sample", () => {
  for (const text of [
    "postgres://user:password@host:5432/database",
    "mysql://myuser:mypass@localhost/shop",
    "oracle://scott:tiger@127.0.0.1:1521/",
  ])
    assert.deepEqual(foundIn(text), [], text);
  assert.deepEqual(foundIn("postgres://ada:password@db.example.com/shop"), ["password"]);
  assert.deepEqual(foundIn("postgres://user:k2m9x7q1@db.example.com/shop"), ["k2m9x7q1"]);
});

test("a service's private key or access is found where its value looks drawn, and nobody else's is", () => {
  for (const text of [
    `stitchdata_PRIVATE ${short}`,
    `moosendACCESS:${uuid}`,
    `mailjet access ${drawn}`,
  ])
    assert.equal(foundIn(text).length, 1, text);
  for (const text of [
    `the private ${short} of it`,
    `class access ${uuid}`,
    "mailjet access granted-to-everybody",
  ])
    assert.deepEqual(foundIn(text), [], text);
});

test("logins of registries in base64 are found by what they decode to", () => {
  const login = Buffer.from("ada:k2m9x7q1").toString("base64");
  for (const text of [
    `{"auths":{"https://index.docker.io/v1/":{"auth":"${login}"}}}`,
    `DOCKER_AUTH_CONFIG="{\\"auths\\":{\\"example.com\\":{\\"auth\\":\\"${login}\\"}}}"`,
    `//registry.example.com/:_auth=${login}\n`,
  ])
    assert.deepEqual(foundIn(text), [login], text);
  assert.deepEqual(foundIn('{"auth": "bm90aGluZyBhdCBhbGwgaXMgaGVyZQ=="}'), []);
});

test("a card in a sentence is found whatever word stands before it, and no number of an order is taken for one", () => {
  const card = joined("41111111", "11111111");
  for (const text of [
    `please check order ${card} now`,
    `invoice ${card}`,
    "order 4111 1111 1111 1111",
  ])
    assert.equal(finder.find(text)[0]?.entity, "credit_card", text);
  for (const text of [
    `order_id: ${card}`,
    `{"order": ${card}}`,
    "order 4111111111111112",
    "order 9111111111111114",
    "EXPOSE 2379.238040017001",
    "[-.5650069742788596, .2736201534771583]",
  ])
    assert.deepEqual(foundIn(text), [], text);
});
