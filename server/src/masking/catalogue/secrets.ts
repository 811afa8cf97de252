/** What is found of secrets. */
import { type Entries, joined } from "./entry.ts";

export const secretEntries = {
  private_key: {
    finds:
      "private keys in PEM (PKCS#1, PKCS#8, SEC 1, OpenSSH, PGP) and PuTTY files, also in strings with `\\n`; key stores in PKCS#12, as bytes and in base64; keys of wallets (WIF, BIP 32)",
    evidence: "the BEGIN line and key material; checksums where the format has them",
    misses: "keys in DER files; JSON Web Keys",
    examples: [
      joined(
        "-----BEGIN ",
        "PRIVATE",
        " KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2\nOF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r\n-----END ",
        "PRIVATE",
        " KEY-----",
      ),
    ],
  },
  connection_string: {
    finds:
      "the password in URIs (`scheme://user:password@host`), in `key=value;` strings of ODBC, ADO and libpq, and in `.netrc`",
    evidence:
      "the form; placeholders such as `<password>`, `${PASSWORD}` and `%s` are none, nor are samples such as `user:password@`",
    misses:
      "a password with `/` in a URI that does not escape it; a lone `password=` without a host, user or database nearby",
    examples: [
      joined("postgres://ada:", "Tr0ub", "4dor@db.example.com/shop"),
      joined("Server=db;User Id=ada;Password=", "Tr0ub", "4dor;"),
    ],
  },
  provider_token: {
    finds:
      "tokens of the providers listed below, by their own form or by the name that they are assigned to; drawn values under any name that says key of an API, token, secret or credential; hashes of passwords; azure, AWS and other cloud credentials",
    evidence:
      "0.95 by form, 0.8 by the name of a provider, 0.6 by a name that says no more than that it is secret; `xxxx…`, zeros and stars are none, nor are names of classes and files; digests and UUIDs only where a name says that they are secret",
    misses:
      "tokens without a form of their own under a name that says nothing; forms that providers have changed since; under a name alone, what is made of words, or of digits only",
    examples: [
      joined("token=gh", "p_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"),
      joined("DATADOG_API_KEY=", "8f2a9c", "4be7d1063f58a2c9e4b7d1063f58a2c9e4"),
      joined('"sessionToken": "', "q7RtX2mKw9Vb", "4ZcN8hJd3LpS", '"'),
    ],
  },
  jwt: {
    finds: "JSON Web Tokens, signed, unsigned and encrypted",
    evidence: "a first part that decodes to a JOSE header",
    misses: "a token whose first part is cut off",
    examples: [
      joined("eyJhbGciOiJIUzI1", "NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLWFkYQ"),
    ],
  },
  http_credential: {
    finds:
      "what stands in `Authorization`, `X-Api-Key` and `X-Auth-Token` headers, in requests, code and JSON; behind `Bearer` and `Basic` alone, what is drawn, or decodes to a name and a password; `-u NAME:PASSWORD` and headers with keys of curl; logins of registries in base64 (`auth` of Docker, `_auth` of npm)",
    evidence: "the header's name and scheme, or the command",
    misses: "other headers of a service's own, but for those of curl",
    examples: [
      joined("Authorization: Bearer ", "a8f3", "k2m9x7q1z5"),
      joined("curl -u ada:", "k2m9", "x7q1z5 https://example.com"),
    ],
  },
  password: {
    finds:
      "what is said to be a password, passphrase or secret: values of a Secret of Kubernetes in YAML; in quotes behind the name, `=`, `:`, `=>`, `==` or `is`; without quotes in environments, links, options, and as `password=…` where letters and digits are mixed; in an element or entry of that name; as an argument of what takes credentials, and behind the option of programs that take one (`psexec`, `sshpass`, `mysql`, `sqlcmd`, `redis-cli`, `ldapsearch`, `docker login`, `net use`)",
    evidence: "its name, and that it is no label, variable, call, path or placeholder (0.65)",
    misses: "words without quotes in settings; passwords that nothing names",
    examples: [joined('password = "', "hunter2", '!x9"'), joined("DB_PASS=", "k2m9", "x7q1")],
  },
} as const satisfies Entries;
