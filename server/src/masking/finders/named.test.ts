import assert from "node:assert/strict";
import { test } from "node:test";
import { joined } from "#/masking/catalogue/entry.ts";
import { finder } from "#/masking/finder.test-support.ts";

function foundIn(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  return finder.find(bytes).map(({ start, end }) => bytes.toString("utf8", start, end));
}

const drawn = joined("q7RtX2mKw9Vb", "4ZcN8hJd3LpS");
const hex = joined("8f14e45fceea167a", "5a36dedd4bea2543");
const uuid = joined("6f1ed002-ab12-4c34", "-9d56-0a1b2c3d4e5f");

test("a drawn value is found under a name that says that it is secret, however the two are joined", () => {
  const names = [
    "api_key",
    "ACME_API_KEY",
    "apiKey",
    "authToken",
    "client-secret",
    "acme.private_key",
    "API Key",
  ];
  const joints = [
    "=",
    " = ",
    ": ",
    " := ",
    " => ",
    "': '",
    '": "',
    ' == "',
    " ?= ",
    ' .= "',
    " ::= ",
    " is ",
    " - '",
    " ",
  ];
  for (const name of names)
    for (const joint of joints)
      for (const value of [drawn, hex, uuid])
        assert.deepEqual(foundIn(`set ${name}${joint}${value}`), [value], `${name}${joint}`);
  for (const text of [
    `<apiKey>${drawn}</apiKey>`,
    `var clientSecret string = "${drawn}"`,
    `const token: string = "${drawn}";`,
    `https://example.com/v1/list?id=17&key=${drawn}&page=2`,
    `<add key="ServiceToken" value="${drawn}" />`,
    `- name: SERVICE_TOKEN\n  value: "${drawn}"`,
    `curl --token ${drawn}`,
    `Authorization: Token ${drawn}`,
    `service.setApiKey("${drawn}")`,
    `stripeKey = '${drawn}'`,
    `'cookieValidationKey' => '${drawn}'`,
    `const KEY = '${hex}';`,
    `https://example.com/v1?key=${drawn}`,
    `api_key = b"${drawn}"`,
    `password_reset_token: ${hex}`,
    `| auth token |${drawn} |`,
  ])
    assert.deepEqual(
      foundIn(text),
      [drawn, hex].filter((value) => text.includes(value)),
      text,
    );
});

test("in an element whose name says that it is secret all is taken", () => {
  const text = `<secret>{acme ${drawn}}</secret>`;
  assert.deepEqual(foundIn(text), [`acme ${drawn}`]);
});

test("keys of tables, caches and objects, ids and names of secrets, and what code does with them, are none", () => {
  const texts = [
    `{"key": "${drawn}"}`,
    `{"customer_key": "${hex}", "row_key": "${uuid}", "object_key": "${drawn}"}`,
    `cacheKey = "${hex}"`,
    `public_key = "${drawn}"`,
    `primary key ${uuid}`,
    `idempotency-key: ${uuid}`,
    `"next_page_token": "${drawn}"`,
    `nextToken: "${drawn}"`,
    `token_id = ${uuid}`,
    `"tokenType": "${drawn}"`,
    `secretName: my-secret-4f3a9c1d2b`,
    `secret_arn: arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf`,
    "token = getTokenFromRequest(request)",
    "const apiKey = process.env.ACME_API_KEY;",
    "api_key: ${ACME_API_KEY_2024_PROD}",
    'apiKey: "your_api_key_goes_here_1234"',
    "max_tokens = 4096, tokens: 1234567890123",
    "token: user-profile-v2-cache-2024-01-15",
    "keyboard = qwerty12qwerty34qwerty56",
    `monkey = ${hex}`,
    `Merge key ${uuid}`,
    "api key 2024-01-15T10:23:45.123Z expired",
    "api_key=version-1.2.3-rc.4-build.567",
    "the secret service-account-name-in-production",
    "private_key_path: /etc/keys/server-2024-01.pem",
    `token_hash = "${hex}"`,
    `key = "${hex}"`,
    "tokens = tokensAndCommentsBackingInt32",
    "encryptKeyManagement, validateMaxPBES2Count, decrypt",
  ];
  for (const text of texts) assert.deepEqual(foundIn(text), [], text);
});

test("a password that is handed over to a program or a function is found", () => {
  const chosen = joined("k2m9", "x7q1");
  for (const text of [
    `new NetworkCredential("ada", "${chosen}")`,
    `requests.get(url, auth=("ada", "${chosen}"))`,
    `new DirectoryEntry("LDAP://example.com", "ada", "${chosen}");`,
    `psexec \\\\host -u ada -p ${chosen} cmd`,
    `sshpass -p '${chosen}' ssh host`,
    `mysql -u ada -p${chosen} shop`,
    `redis-cli -h cache -a ${chosen} ping`,
    `<password>${chosen}</password>`,
    `<add key="SmtpPassword" value="${chosen}"/>`,
  ])
    assert.deepEqual(foundIn(text), [chosen], text);
  for (const text of [
    "new NetworkCredential(user, password)",
    'requests.get(url, auth=("ada", "password"))',
    "mysql -u ada -p shop",
    "sshpass -p $PASSWORD ssh host",
    "<password></password>",
    "<password>${db.password}</password>",
  ])
    assert.deepEqual(foundIn(text), [], text);
});
