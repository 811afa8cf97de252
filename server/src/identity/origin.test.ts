import assert from "node:assert/strict";
import { test } from "node:test";
import { checkOrigin, checkOwnPage } from "./origin.ts";

const publicUrl = "https://gateway.example";

function isRefused(host: string | undefined, origin?: string, url = publicUrl): boolean {
  try {
    checkOrigin({ host, origin }, url);
    return false;
  } catch {
    return true;
  }
}

test("the gateway answers under its own name, on this machine, and under an address in digits", () => {
  for (const host of [
    "gateway.example",
    "gateway.example:7070",
    "GATEWAY.example",
    "localhost:7070",
    "127.0.0.1:7070",
    "[::1]:7070",
    "10.1.2.3",
  ]) {
    assert.equal(isRefused(host), false, host);
  }
});

test("under any other name, or none, it answers nothing", () => {
  for (const host of [
    undefined,
    "",
    "evil.example",
    "gateway.example.evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "user@evil.example",
    "user@127.0.0.1:7070",
    "127.0.0.1:7070/x",
    "127.0.0.1:7070?x",
    "127.0.0.1:7070#x",
    "127.0.0.1\\x",
    "127.0.0.1 :7070",
    "[::1",
  ]) {
    assert.equal(isRefused(host), true, String(host));
  }
});

test("of pages, only its own may ask", () => {
  assert.equal(isRefused("gateway.example", publicUrl), false);
  for (const origin of [
    "",
    "null",
    "http://gateway.example",
    "https://gateway.example:8443",
    "https://other.example",
    "http://localhost:3000",
  ]) {
    assert.equal(isRefused("gateway.example", origin), true, origin);
  }
});

test("a page is its own at whichever address it was opened, to the port", () => {
  const local = "http://127.0.0.1:7070";
  for (const host of ["127.0.0.1:7070", "localhost:7070", "[::1]:7070", "10.1.2.3:7070"]) {
    assert.equal(isRefused(host, `http://${host}`, local), false, host);
    assert.equal(isRefused(host, `http://${host}`), false, "on the gateway's machine itself");
    for (const other of [`https://${host}`, `http://${host}1`, "http://127.0.0.1:9999"]) {
      assert.equal(isRefused(host, other, local), true, `${host} ${other}`);
    }
  }
  assert.equal(isRefused("localhost:7070", "http://localhost", local), true);
});

test("where people use HTTPS, what came over HTTP under the same name may be anybody's", () => {
  assert.equal(isRefused("gateway.example", "http://gateway.example"), true);
  assert.equal(isRefused("gateway.example:80", "http://gateway.example"), true);
  assert.equal(isRefused("gateway.example:8080", "http://gateway.example:8080"), true);
});

test("with a cookie a change has to come from the gateway's own page", () => {
  const own = { origin: publicUrl, site: undefined };
  for (const method of ["POST", "DELETE", "PUT", "PATCH"]) {
    assert.equal(isForeign({ origin: undefined, site: undefined }, method), true, method);
    assert.equal(isForeign({ origin: undefined, site: "none" }, method), true, method);
    assert.equal(isForeign(own, method), false, method);
    assert.equal(isForeign({ origin: undefined, site: "same-origin" }, method), false, method);
  }
  for (const method of ["GET", "HEAD"]) {
    for (const site of [undefined, "same-origin", "none"]) {
      assert.equal(isForeign({ origin: undefined, site }, method), false, `${method} ${site}`);
    }
  }
  for (const method of ["GET", "POST"]) {
    for (const site of ["same-site", "cross-site", "", "anything"]) {
      assert.equal(isForeign({ origin: publicUrl, site }, method), true, `${method} ${site}`);
    }
  }
});

function isForeign(headers: Parameters<typeof checkOwnPage>[0], method: string): boolean {
  try {
    checkOwnPage(headers, method);
    return false;
  } catch {
    return true;
  }
}

test("while the gateway does not know its own name yet, no page may ask", () => {
  assert.equal(isRefused("127.0.0.1:7070", "http://127.0.0.1:7070", ""), true);
  assert.equal(isRefused("127.0.0.1:7070", undefined, ""), false);
});
