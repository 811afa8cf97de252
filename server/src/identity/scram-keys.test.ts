import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { GatewayError } from "#/core/errors.ts";
import { formatVerifier, makeVerifier, parseVerifier, preparePassword } from "./scram-keys.ts";

/** Passwords and what PostgreSQL 18.4 stored for them in `pg_authid.rolpassword`. */
const stored: readonly (readonly [string, string])[] = [
  [
    "pencil",
    "SCRAM-SHA-256$4096:5k/5dS9X7hhmeop47xxjLQ==$WN3bMeMvP34XjTHHe1wp6e4+N3x7ll7ZghbtW9S7vdE=:XZwth6F7zHoWVEE+gnypsWPB9dR4eCR/D8LAP418VvI=",
  ],
  [
    "\u2460\ufb01 \u00e9",
    "SCRAM-SHA-256$4096:HpQ6sZGyMrArZvIcjZQbOg==$lTfA9PysBXZWYUYIjOoTMA6jsqYZd4o7K5KJCtgZMmo=:aAXYy46WCwAfN3C5o/zCyflbIO+6YO+Ed4Id8+jlHG8=",
  ],
  [
    "a\u00ad\u00a0b",
    "SCRAM-SHA-256$4096:mKOSlsJIM4VPi6EZiCkbQw==$zsv927pnV3qbRCex7wzPNig5e0Br0ZsHUuX7Ial2FEQ=:gqhbWXlWMZsgKiT0JtS7LEuYBZkqvFlpqjukH24Uqik=",
  ],
  [
    "\u2168\ue000",
    "SCRAM-SHA-256$4096:elMCnsL3oF8uubeoUlG4Uw==$0+ctZagIOd/cE4DqUaxqf6UwS0N7AU5lQMaJqM9gKAg=:wYXUU3ub+Ag02ylZCxKULI7TiPVgTFqQkH9nSkoB9Z8=",
  ],
];

test("a verifier is the one that PostgreSQL stores for the same password and salt", async () => {
  for (const [password, text] of stored) {
    const { salt, iterations } = parseVerifier(text);
    const verifier = await makeVerifier(password, { salt, iterations });
    assert.equal(formatVerifier(verifier), text);
  }
});

test("a verifier survives being stored", () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
  const verifier = fc.record(
    {
      iterations: fc.integer({ min: 4096, max: 1_000_000 }),
      salt: fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      storedKey: key,
      serverKey: key,
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(verifier, (given) => {
      assert.deepEqual(parseVerifier(formatVerifier(given)), given);
    }),
  );
});

test("a malformed or weak verifier is refused, and its text is not repeated", () => {
  const [, good] = stored[0] ?? ["", ""];
  const wrong = [
    "",
    "md5d41d8cd98f00b204e9800998ecf8427e",
    good.replace("SHA-256", "SHA-1"),
    good.replace("4096", "4095"),
    good.replace("4096", "1000001"),
    good.replace("4096", "04096"),
    good.replace("4096", "1e5"),
    good.replace("LQ==", "LR=="),
    good.replace("vdE=", "="),
    good.replace(/:[^:]*$/, ":AAAA"),
    good.replace(/:5k[^$]*/, ":"),
    `${good}\n`,
    `${good}$`,
  ];
  for (const text of wrong) {
    assert.throws(
      () => parseVerifier(text),
      (error) =>
        error instanceof GatewayError &&
        error.code === "postgres.malformed_verifier" &&
        !JSON.stringify([error.message, error.details]).includes("WN3b"),
      text,
    );
  }
});

test("a password is prepared as PostgreSQL does: ASCII as is, else normalized, else raw", () => {
  const cases: [string, string][] = [
    ["", ""],
    ["pass word\u0001", "pass word\u0001"],
    ["I\u00adX", "IX"],
    ["\u00aa", "a"],
    ["\u2168", "IX"],
    ["e\u0301", "\u00e9"],
    ["a\u3000b", "a b"],
    ["a\u1680\u200bb", "a  b"],
    ["\u2168\u0007", "\u2168\u0007"],
    ["\u2168\ue000", "\u2168\ue000"],
    ["\u00ad", "\u00ad"],
  ];
  for (const [password, prepared] of cases) {
    assert.equal(preparePassword(password).toString("utf8"), prepared);
  }
});
