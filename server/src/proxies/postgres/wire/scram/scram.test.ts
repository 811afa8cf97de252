import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test from "node:test";
import * as fc from "fast-check";
import { GatewayError } from "#/core/errors.ts";
import {
  deriveClientKeys,
  formatVerifier,
  hmac,
  makeVerifier,
  type ScramClientKeys,
  type ScramVerifier,
  sha256,
} from "#/identity/scram-keys.ts";
import type { ScramMechanism } from "./scram.ts";
import {
  type ClientBinding,
  chooseMechanism,
  clientFinal,
  clientFirst,
  type ScramKeyCache,
  verifyServerFinal,
} from "./scram-client.ts";
import {
  makeMockVerifier,
  offeredMechanisms,
  type ScramServerExchange,
  serverFinal,
  serverFirst,
} from "./scram-server.ts";

const mockKey = Buffer.alloc(32, 1);
const random = Buffer.alloc(18, 2);
const salt = Buffer.alloc(16, 3);
const unbound = { mechanism: "SCRAM-SHA-256", binding: null } as const;
const cost = { salt, iterations: 4096 };

/** The exchange of RFC 7677 section 3: user `user`, password `pencil`. */
const rfc7677 = {
  bare: "n=user,r=rOprNGfwEbeRWgbNEkqO",
  nonce: "rOprNGfwEbeRWgbNEkqO",
  serverFirst:
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
  clientFinal:
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
  serverFinal: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
} as const;

function failsWith(code: string): (error: unknown) => boolean {
  return (error) => error instanceof GatewayError && error.code === code;
}

function answer(clientFirstText: string, verifier: ScramVerifier | undefined): ScramServerExchange {
  const mockVerifier = makeMockVerifier("agent", mockKey);
  return serverFirst({
    clientFirst: Buffer.from(clientFirstText),
    verifier,
    mockVerifier,
    random,
    ...unbound,
  });
}

/** The proof by RFC 5802 section 3, apart from the code that is tested. */
function proofOf(clientKey: Buffer, signed: Buffer): string {
  const signature = hmac(sha256(clientKey), signed);
  return Buffer.from(signature.map((byte, at) => byte ^ (clientKey[at] ?? 0))).toString("base64");
}

/** A whole sign-in; what the server concludes, and what the client then thinks of the server. */
async function signIn(password: string, verifier: ScramVerifier | undefined) {
  const start = clientFirst(randomBytes(18));
  const exchange = answer(start.message.toString(), verifier);
  const proof = await clientFinal(start, exchange.message, { user: "agent", password });
  const result = serverFinal(exchange, proof.message);
  if (result.ok) verifyServerFinal(proof, result.message);
  return { exchange, result };
}

test("the client speaks the exchange of RFC 7677", async () => {
  const start = {
    message: Buffer.from(`n,,${rfc7677.bare}`),
    bare: rfc7677.bare,
    nonce: rfc7677.nonce,
    channel: Buffer.from("n,,"),
  };
  const credential = { user: "user", password: "pencil" };
  const exchange = await clientFinal(start, Buffer.from(rfc7677.serverFirst), credential);
  assert.equal(exchange.message.toString(), rfc7677.clientFinal);
  verifyServerFinal(exchange, Buffer.from(rfc7677.serverFinal));
});

test("the server accepts the exchange of RFC 7677", async () => {
  const [, nonce = "", saltText = ""] = /^r=(.*),s=(.*),i=/.exec(rfc7677.serverFirst) ?? [];
  const exchange: ScramServerExchange = {
    message: Buffer.from(rfc7677.serverFirst),
    verifier: await makeVerifier("pencil", {
      salt: Buffer.from(saltText, "base64"),
      iterations: 4096,
    }),
    mock: false,
    mechanism: "SCRAM-SHA-256",
    channel: Buffer.from("n,,"),
    nonce,
    signedPrefix: `${rfc7677.bare},${rfc7677.serverFirst},`,
  };
  assert.deepEqual(serverFinal(exchange, Buffer.from(rfc7677.clientFinal)), {
    ok: true,
    message: Buffer.from(rfc7677.serverFinal),
  });
});

test("the right password signs in and any other does not", async () => {
  const password = fc
    .string({ unit: "binary", maxLength: 20 })
    .filter((text) => text.isWellFormed());
  await fc.assert(
    fc.asyncProperty(password, password, async (right, wrong) => {
      const verifier = await makeVerifier(right, cost);
      assert.ok((await signIn(right, verifier)).result.ok);
      const same = formatVerifier(await makeVerifier(wrong, cost)) === formatVerifier(verifier);
      assert.equal((await signIn(wrong, verifier)).result.ok, same);
    }),
    { numRuns: 20 },
  );
});

test("an unknown user and a wrong password can't be told apart", async () => {
  const unknown = await signIn("guess", undefined);
  const wrong = await signIn("guess", await makeVerifier("right", cost));
  assert.deepEqual(unknown.result, { ok: false });
  assert.deepEqual(wrong.result, unknown.result);
  const form = /^r=[A-Za-z0-9+/]{48},s=[A-Za-z0-9+/]{22}==,i=4096$/;
  assert.match(unknown.exchange.message.toString(), form);
  assert.match(wrong.exchange.message.toString(), form);
});

test("the salt of an unknown user stays the same for a name and an installation, and only there", () => {
  const saltOf = (user: string, key: Buffer) => makeMockVerifier(user, key).salt.toString("hex");
  assert.equal(saltOf("ghost", mockKey), saltOf("ghost", mockKey));
  assert.notEqual(saltOf("ghost", mockKey), saltOf("ghoul", mockKey));
  assert.notEqual(saltOf("ghost", mockKey), saltOf("ghost", Buffer.alloc(32, 9)));
});

test("no proof signs in an unknown user, not even the right one for its mock verifier", async () => {
  const start = clientFirst(random);
  const exchange = serverFirst({
    clientFirst: start.message,
    verifier: undefined,
    mockVerifier: await makeVerifier("known", cost),
    random,
    ...unbound,
  });
  const proof = await clientFinal(start, exchange.message, { user: "ghost", password: "known" });
  assert.deepEqual(serverFinal(exchange, proof.message), { ok: false });
});

test("a client that could bind the channel may sign in, one that insists on it may not", async () => {
  const verifier = await makeVerifier("right", cost);
  const { bare } = clientFirst(random);
  const exchange = answer(`y,,${bare}`, verifier);
  const { clientKey } = await deriveClientKeys("right", cost);
  const finalWith = (binding: string) => {
    const withoutProof = `c=${binding},r=${exchange.nonce}`;
    const signed = Buffer.from(`${bare},${exchange.message.toString()},${withoutProof}`);
    return Buffer.from(`${withoutProof},p=${proofOf(clientKey, signed)}`);
  };
  assert.ok(serverFinal(exchange, finalWith("eSws")).ok);
  // Announced "y", bound as "n": somebody changed the announcement on the way.
  const changed = finalWith("biws");
  assert.throws(() => serverFinal(exchange, changed), failsWith("postgres.malformed_sasl"));
  const insisting = `p=tls-server-end-point,,${bare}`;
  assert.throws(() => answer(insisting, verifier), failsWith("postgres.malformed_sasl"));
});

const certificate = Buffer.alloc(32, 6);

/** A sign-in with the right password, in which each side believes what it is told of the other. */
async function signInBound(
  client: { readonly mechanism: ScramMechanism; readonly binding: ClientBinding },
  binding: Buffer | null,
) {
  const verifier = await makeVerifier("right", cost);
  const start = clientFirst(random, client.binding);
  const mockVerifier = makeMockVerifier("agent", mockKey);
  const exchange = serverFirst({
    clientFirst: start.message,
    verifier,
    mockVerifier,
    random,
    mechanism: client.mechanism,
    binding,
  });
  const proof = await clientFinal(start, exchange.message, { user: "agent", password: "right" });
  return serverFinal(exchange, proof.message).ok;
}

test("both sides bind the channel where both can, and sign in without where one can't", async () => {
  for (const ours of [certificate, null]) {
    for (const theirs of [certificate, null]) {
      const chosen = chooseMechanism(offeredMechanisms(theirs), ours);
      assert.ok(chosen !== null);
      const isPlus = chosen.mechanism === "SCRAM-SHA-256-PLUS";
      assert.equal(isPlus, ours !== null && theirs !== null);
      assert.ok(await signInBound(chosen, theirs));
    }
  }
  assert.equal(chooseMechanism(["SCRAM-SHA-256-PLUS"], null), null);
  assert.equal(chooseMechanism(["SCRAM-SHA-512"], certificate), null);
});

test("a proof that is bound to another certificate signs nobody in", async () => {
  const elsewhere = { kind: "bound", data: Buffer.alloc(32, 7) } as const;
  const cut = { kind: "bound", data: Buffer.alloc(0) } as const;
  for (const binding of [elsewhere, cut]) {
    await assert.rejects(
      signInBound({ mechanism: "SCRAM-SHA-256-PLUS", binding }, certificate),
      failsWith("postgres.channel_binding_failed"),
    );
  }
});

test("a client that was kept from binding the channel is noticed", async () => {
  // It was told of SCRAM-SHA-256 alone, by somebody between.
  const chosen = chooseMechanism(["SCRAM-SHA-256"], certificate);
  assert.ok(chosen !== null);
  await assert.rejects(
    signInBound(chosen, certificate),
    failsWith("postgres.channel_binding_failed"),
  );
});

test("header and mechanism have to say the same of channel binding", async () => {
  const bound = { kind: "bound", data: certificate } as const;
  for (const [mechanism, binding, offered] of [
    ["SCRAM-SHA-256", bound, certificate],
    ["SCRAM-SHA-256", bound, null],
    ["SCRAM-SHA-256-PLUS", { kind: "none" }, certificate],
    ["SCRAM-SHA-256-PLUS", { kind: "not_offered" }, certificate],
    ["SCRAM-SHA-256-PLUS", bound, null],
  ] as const) {
    await assert.rejects(
      signInBound({ mechanism, binding }, offered),
      failsWith("postgres.malformed_sasl"),
      `${mechanism} ${binding.kind}`,
    );
  }
  const { bare } = clientFirst(random);
  const unique = () =>
    serverFirst({
      clientFirst: Buffer.from(`p=tls-unique,,${bare}`),
      verifier: undefined,
      mockVerifier: makeMockVerifier("agent", mockKey),
      random,
      mechanism: "SCRAM-SHA-256-PLUS",
      binding: certificate,
    });
  assert.throws(unique, failsWith("postgres.malformed_sasl"));
});

test("what is signed is what was sent, byte by byte", async () => {
  const start = clientFirst(random);
  const named = { ...start, bare: start.bare.replace("n=", "n=\u00c3\u00a9") };
  const verifier = await makeVerifier("right", cost);
  const clientFirstBytes = Buffer.from(`n,,n=\u00e9,r=${start.nonce}`, "utf8");
  const mockVerifier = makeMockVerifier("agent", mockKey);
  const exchange = serverFirst({
    clientFirst: clientFirstBytes,
    verifier,
    mockVerifier,
    random,
    ...unbound,
  });
  const { clientKey } = await deriveClientKeys("right", cost);
  const withoutProof = `c=biws,r=${exchange.nonce}`;
  const signed = Buffer.concat([
    clientFirstBytes.subarray("n,,".length),
    Buffer.from(`,${exchange.message.toString()},${withoutProof}`),
  ]);
  const final = Buffer.from(`${withoutProof},p=${proofOf(clientKey, signed)}`);
  assert.ok(serverFinal(exchange, final).ok);
  const ours = await clientFinal(named, exchange.message, { user: "agent", password: "right" });
  assert.equal(ours.message.toString(), final.toString());
});

test("a malformed first message of a client is refused", () => {
  const wrong = [
    "",
    "n",
    "n,,",
    "x,,n=,r=abc",
    "n,a=admin,n=,r=abc",
    "n,,n=,r=",
    "n,,r=abc",
    "n,,n=a=b,r=abc",
    "n,,n=a,b,r=abc",
    "n,,m=ext,n=,r=abc",
    "n,,n=,r=a bc",
    "n,,n=,r=abc,",
    "n,,n=,r=abc,x",
    "n,,n=,r=abc\0",
    "n,,n=,r=\u00e9",
    `n,,n=,r=${"a".repeat(5000)}`,
  ];
  for (const text of wrong) {
    assert.throws(() => answer(text, undefined), failsWith("postgres.malformed_sasl"), text);
  }
  for (const text of ["n,,n=,r=abc", "y,,n=*,r=abc", "n,,n=a=2Cb=3D,r=abc", "n,,n=,r=abc,x=1"]) {
    assert.match(answer(text, undefined).message.toString(), /^r=abc/);
  }
});

test("a malformed last message of a client is refused before its proof is looked at", async () => {
  const start = clientFirst(random);
  const exchange = answer(start.message.toString(), await makeVerifier("right", cost));
  const proof = await clientFinal(start, exchange.message, { user: "agent", password: "right" });
  const good = proof.message.toString();
  assert.ok(serverFinal(exchange, Buffer.from(good)).ok);
  const wrong = [
    "",
    good.replace("c=biws", "c=eSws"),
    good.replace("c=biws", "c="),
    good.replace("c=biws", "c=biwsAAAA"),
    good.replace(",r=", ",r=x"),
    good.replace(/,p=.*/, ""),
    good.replace(/,p=.*/, ",p=AAAA"),
    good.replace(/,p=/, ",p=AAAA,p="),
    `${good},x=1`,
    `${good}\0`,
    `x=1,${good}`,
  ];
  for (const text of wrong) {
    assert.throws(
      () => serverFinal(exchange, Buffer.from(text)),
      failsWith("postgres.malformed_sasl"),
      text,
    );
  }
});

test("an exchange can't be replayed into another one", async () => {
  const verifier = await makeVerifier("right", cost);
  const start = clientFirst(random);
  const first = answer(start.message.toString(), verifier);
  const proof = await clientFinal(start, first.message, { user: "agent", password: "right" });
  const mockVerifier = makeMockVerifier("agent", mockKey);
  const later = serverFirst({
    clientFirst: start.message,
    verifier,
    mockVerifier,
    random: Buffer.alloc(18, 8),
    ...unbound,
  });
  assert.throws(() => serverFinal(later, proof.message), failsWith("postgres.malformed_sasl"));
});

test("a client does not answer a server that is malformed, cheap, costly or replaying", async () => {
  const start = clientFirst(random);
  const good = `r=${start.nonce}abc,s=${salt.toString("base64")},i=4096`;
  const credential = { user: "agent", password: "right" };
  await clientFinal(start, Buffer.from(good), credential);
  const wrong = [
    "",
    "e=other-error",
    good.replace(`r=${start.nonce}abc`, `r=${start.nonce}`),
    good.replace(`r=${start.nonce}abc`, "r=elsewhere"),
    good.replace("i=4096", "i=4095"),
    good.replace("i=4096", "i=1000001"),
    good.replace("i=4096", "i=0x1000"),
    good.replace("i=4096", "i=-1"),
    good.replace(/s=[^,]*/, "s="),
    good.replace(/s=[^,]*/, "s=A"),
    `m=ext,${good}`,
    `${good},`,
    `${good}${" ".repeat(5000)}`,
  ];
  for (const text of wrong) {
    await assert.rejects(
      clientFinal(start, Buffer.from(text), credential),
      failsWith("postgres.upstream_protocol"),
      text,
    );
  }
});

test("a client does not trust a server that can't prove that it knows the password", async () => {
  const start = clientFirst(random);
  const exchange = answer(start.message.toString(), await makeVerifier("right", cost));
  const proof = await clientFinal(start, exchange.message, { user: "agent", password: "right" });
  const result = serverFinal(exchange, proof.message);
  assert.ok(result.ok);
  const good = result.message.toString();
  const forged = Buffer.alloc(32, 5).toString("base64");
  for (const text of ["", "v=", "e=invalid-proof", `v=${forged}`, good.slice(0, -1), `x${good}`]) {
    assert.throws(
      () => verifyServerFinal(proof, Buffer.from(text)),
      failsWith("postgres.upstream_unproven"),
      text,
    );
  }
  verifyServerFinal(proof, Buffer.from(good));
});

test("keys are remembered only after the server has proven them, and then spare a derivation", async () => {
  const remembered = new Map<string, ScramClientKeys>();
  const cache: ScramKeyCache = remembered;
  const verifier = await makeVerifier("right", cost);
  const start = clientFirst(random);
  const exchange = answer(start.message.toString(), verifier);
  const wrong = await clientFinal(start, exchange.message, { user: "u", password: "wrong", cache });
  assert.equal(serverFinal(exchange, wrong.message).ok, false);
  assert.equal(remembered.size, 0);

  const right = await clientFinal(start, exchange.message, { user: "u", password: "right", cache });
  const result = serverFinal(exchange, right.message);
  assert.ok(result.ok);
  verifyServerFinal(right, result.message);
  assert.equal(remembered.size, 1);

  // The password is not looked at any more, which shows that nothing was derived from it.
  const again = await clientFinal(start, exchange.message, { user: "u", password: "", cache });
  assert.ok(serverFinal(exchange, again.message).ok);
  const other = await clientFinal(start, exchange.message, { user: "v", password: "", cache });
  assert.equal(serverFinal(exchange, other.message).ok, false);
});

test("garbage never throws anything but an expected error", async () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .array(
        fc.constantFrom("n,,", "n=", "r=", "c=biws", "p=", "v=", ",", "=", "abc", "AAAA", "i=1"),
      )
      .map((parts) => new Uint8Array(Buffer.from(parts.join("")))),
  );
  const start = clientFirst(random);
  const exchange = answer(start.message.toString(), undefined);
  const proof = await clientFinal(start, exchange.message, { user: "agent", password: "x" });
  await fc.assert(
    fc.asyncProperty(noise, async (bytes) => {
      const message = Buffer.from(bytes);
      const attempts: readonly (() => unknown)[] = [
        () => answer(message.toString("latin1"), undefined),
        () => serverFinal(exchange, message),
        () => verifyServerFinal(proof, message),
        () => clientFinal(start, message, { user: "agent", password: "x" }),
      ];
      for (const attempt of attempts) {
        try {
          await attempt();
        } catch (error) {
          if (!(error instanceof GatewayError)) throw error;
        }
      }
    }),
  );
});
