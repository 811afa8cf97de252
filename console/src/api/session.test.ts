import { expect, test } from "vitest";
import { createSession, wantedMs } from "./session.ts";

test("a page that was wanted is given back once, while it is fresh", () => {
  const session = createSession(window.localStorage, () => 0);
  session.wantTo("/reviews/rev_1?a=b");
  expect(session.takeWanted(1)).toBe("/reviews/rev_1?a=b");
  expect(session.takeWanted(1)).toBe(null);
  session.wantTo("/history");
  expect(session.takeWanted(wantedMs)).toBe(null);
});

test.each(["//evil.example/", "/\\evil.example", "https://evil.example/", "/sign-in", "x"])(
  "%s is no page of the console to lead to",
  (path) => {
    const session = createSession(window.localStorage, () => 0);
    session.wantTo(path);
    expect(session.takeWanted(1)).toBe(null);
  },
);
