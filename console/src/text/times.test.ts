import { expect, test } from "vitest";
import { countdown, duration } from "./times.ts";

test.each([
  [0, "0 s"],
  [59_999, "59 s"],
  [60_000, "1 min"],
  [3_599_000, "59 min"],
  [3_600_000, "1 h"],
  [7_500_000, "2 h 5 min"],
  [90_000_000, "1 d 1 h"],
  [-5, "0 s"],
])("%i ms are said as %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test("the last minutes are counted down to the second, and never below nothing", () => {
  expect(countdown(599_000)).toBe("9:59");
  expect(countdown(60_001)).toBe("1:01");
  expect(countdown(500)).toBe("0:01");
  expect(countdown(0)).toBe("0:00");
  expect(countdown(-1)).toBe("0:00");
  expect(countdown(600_000)).toBe("10 min");
});
