import { expect, test } from "vitest";
import { firstLine } from "./first-line.ts";

test("a command of one short line is told whole", () => {
  expect(firstLine("select 1")).toBe("select 1");
  expect(firstLine("\n\n  select 1\n")).toBe("select 1");
});

test("a command is never told as if its first line were all of it", () => {
  expect(firstLine("select 1;\ndrop table customers")).toBe("select 1; …");
  expect(firstLine("a".repeat(300))).toBe(`${"a".repeat(200)} …`);
  expect(firstLine(`${"\n".repeat(5000)}drop table customers`)).toBe(" …");
});

test("a character of two halves is not cut in two", () => {
  expect(firstLine(`${"a".repeat(199)}😀b`)).toBe(`${"a".repeat(199)} …`);
});
