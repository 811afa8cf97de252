import assert from "node:assert/strict";
import { test } from "node:test";
import { joined } from "#/masking/catalogue/entry.ts";
import { finder } from "#/masking/finder.test-support.ts";

function foundIn(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  return finder.find(bytes).map(({ start, end }) => bytes.toString("utf8", start, end));
}

const chosen = joined("k2m9", "x7q1!");

test("a password is found however its name is joined to it, and nothing else of the text", () => {
  const texts = [
    `password = "${chosen}"`,
    `"AdminPassword" : "${chosen}"`,
    `my_password := '${chosen}'`,
    `:password => "${chosen}",`,
    `if password == "${chosen}":`,
    `credentials { username 'ada'; password '${chosen}' }`,
    `the default password is '${chosen}'`,
    `the password for user 'postgres' is '${chosen}'`,
    `DB_PASS=${chosen}`,
    `https://example.com/login?user=ada&password=${chosen}&x=1`,
    `sign-in failed for ada password=${chosen} from db`,
    `level=warn user=ada db_password=${chosen}`,
    `connect --password ${chosen} --host db`,
    `db:\n  password: ${chosen}\n`,
    `$password = \\"${chosen}\\";`,
    `jwt:\n  secret: "${chosen}"`,
    `form.add("password", "${chosen}")`,
    `smtp_password_v4: "${chosen}"`,
    `{ password_confirmation: "${chosen}" }`,
  ];
  for (const text of texts) assert.deepEqual(foundIn(text), [chosen], text);
});

test("a word is a password in an environment, and long words are what a program is given as a secret", () => {
  assert.deepEqual(foundIn("POSTGRES_PASSWORD: gorm\n"), ["gorm"]);
  assert.deepEqual(foundIn('jwt-secret = "reallyreallyreallysafe"'), ["reallyreallyreallysafe"]);
});

test("credentials are found behind the scheme of HTTP alone, and what only shows how they look is not", () => {
  const token = joined("53514fcfea416c9d", "d77b50d0a1c1dc68");
  assert.deepEqual(foundIn(`"value": "Bearer ${token}"`), [token]);
  assert.deepEqual(foundIn("- Basic cG9zdG1hbjprMm05eDdxMQ=="), ["cG9zdG1hbjprMm05eDdxMQ=="]);
  for (const text of [
    "Bearer vp7jx...",
    "Bearer authentication-of-requests",
    "Basic usage1234",
    "Authorization: Bearer vp7jxTwq...",
  ])
    assert.deepEqual(foundIn(text), [], text);
});

test("labels, variables, calls, types, paths and placeholders are no passwords", () => {
  const texts = [
    'password: "Password"',
    'label = { password: "Passwort", forgot: "Forgot your password?" }',
    'password = os.environ["DB_PASSWORD"]',
    'password = "${DB_PASSWORD}"',
    "password = getPassword(user);",
    "password: string;",
    'password: "<your password>"',
    'password = "changeme"',
    'password="********"',
    'passwordField = "#new-password-field"',
    'secret: "my-secret-name"',
    'secretName: "tls-certificate"',
    "connect(name, password=secret2, retries=3)",
    "retries=3 password=unset pass=ok2go",
    "password=config.value2()",
    'password_file: "/run/secrets/db"',
    "the password must have twelve characters",
    "passwordless sign-in is on",
    'this.addPassword = "#add-password";',
    "REACT_APP_PASS=$PASSWORD",
    'passed = "true"; bypass = "never1"',
    "Pass `--query-cache` or pass `deferrable: true`.",
    'authorizedGrantTypes("password", "authorization_code")',
    "connect(user=name, password=None, host=host)",
    "connect(user=name, password=DB_PASSWORD, host=host)",
    "usage: [user[:password]@]host, with no-password exception2",
    'JWT.encode(payload, "secret", "HS256")',
  ];
  for (const text of texts) assert.deepEqual(foundIn(text), [], text);
});

test("what curl signs in with is found, and what stands for it in instructions is not", () => {
  for (const text of [
    `curl -u ada:${chosen} https://example.com`,
    `curl -s --user 'ada:${chosen}' https://example.com`,
    `curl -H "X-Service-Token: ${chosen.replace("!", "4")}" https://example.com`,
  ])
    assert.equal(foundIn(text).length, 1, text);
  for (const text of [
    "curl -u username:password https://example.com",
    "curl -u $USER:$PASSWORD https://example.com",
    "curl -u <user>:<password> https://example.com",
    "docker run -u 1000:1000 image",
    'curl -H "Content-Type: application/json" https://example.com',
  ])
    assert.deepEqual(foundIn(text), [], text);
});

test("a provider's name counts only as a whole word", () => {
  const value = joined("a1b2c3d4e5f6", "a7b8c9d0e1f2");
  assert.deepEqual(foundIn(`if (sysctl.SetSysctl("${value}")) {}`), []);
  assert.deepEqual(foundIn(`etsy_key = "${value}"`), [value]);
});

test("the digest of a commit behind the name of a secret of AWS is none, and a secret is", () => {
  const commit = "3f786850e387550fdab836ed7e6dc881de23001b";
  assert.deepEqual(foundIn(`AWS_ACCESS_KEY_ID=unset\ncommit ${commit}`), []);
  const value = joined("wJalrXUtnFEMI/K7MDENG", "+bPxRfiCYz9zKqTm2s1");
  assert.deepEqual(foundIn(`AWS_SECRET_ACCESS_KEY=${value}`), [value]);
});
