import assert from "node:assert/strict";
import { test } from "node:test";
import { readStartUpOptions } from "./start-up-options.ts";

test("options are read as the server's command line is", () => {
  const reason = "countersign.reason";
  for (const [options, expected] of [
    ["", []],
    ["  ", []],
    [`-c ${reason}=tidying`, [[reason, "tidying"]]],
    [`-c${reason}=tidying`, [[reason, "tidying"]]],
    [`--${reason}=tidying\\ up`, [[reason, "tidying up"]]],
    [`-c ${reason}=a=b\\\\c`, [[reason, "a=b\\c"]]],
    [`-c ${reason}=one\t-c Countersign.Reason=two`, [[reason, "two"]]],
    ["--work-mem=1MB", [["work_mem", "1MB"]]],
  ] as const) {
    assert.deepEqual([...(readStartUpOptions(options) ?? [["refused"]])], expected, options);
  }
});

test("what is more than settings is told", () => {
  for (const options of ["-e", "-c", "-c x", "-c =x", "x=y", "-O -c a=b", "-d 5"]) {
    assert.equal(readStartUpOptions(options), null, options);
  }
});
