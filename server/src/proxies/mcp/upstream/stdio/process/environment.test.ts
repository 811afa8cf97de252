import assert from "node:assert/strict";
import { test } from "node:test";
import { serverEnvironment } from "./environment.ts";

test("a server inherits what programs need, and nothing else of the gateway's environment", () => {
  const own = {
    PATH: "/bin",
    HOME: "/home/ada",
    LANG: "C.UTF-8",
    COUNTERSIGN_TOKEN: "secret",
    PGPASSWORD: "secret",
    NODE_OPTIONS: "--require=/tmp/x.js",
    LD_PRELOAD: "/tmp/x.so",
  };
  assert.deepEqual(serverEnvironment(own, {}), {
    PATH: "/bin",
    HOME: "/home/ada",
    LANG: "C.UTF-8",
  });
});

test("what the connection names comes before what is inherited", () => {
  assert.deepEqual(serverEnvironment({ PATH: "/bin" }, { PATH: "/opt/bin", TOKEN: "t" }), {
    PATH: "/opt/bin",
    TOKEN: "t",
  });
});

test("a function that a shell has left in a variable is not passed on", () => {
  assert.deepEqual(serverEnvironment({ TZ: "() { :; }; echo" }, {}), {});
});
