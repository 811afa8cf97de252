import { expect, test } from "vitest";
import { takeSignInCode } from "./sign-in-code.ts";

function pageAt(pathname: string, hash: string) {
  const location = { pathname, hash };
  const listeners: (() => void)[] = [];
  const replaced: string[] = [];
  const page = {
    location,
    history: {
      state: { kept: true },
      replaceState(_state: unknown, _title: string, url: string) {
        replaced.push(url);
        location.hash = "";
      },
    },
    addEventListener: (_name: string, listener: () => void) => listeners.push(listener),
  } as unknown as Parameters<typeof takeSignInCode>[0];
  return {
    page,
    location,
    replaced,
    changeHash: () => listeners.forEach((listener) => listener()),
  };
}

test("the code leaves the address bar as soon as it is seen", () => {
  const { page, location, replaced } = pageAt("/sign-in", "#secret");
  const code = takeSignInCode(page);
  expect(code.current()).toBe("secret");
  expect(location.hash).toBe("");
  expect(replaced).toEqual(["/sign-in"]);
});

test("another link that is pasted over the page counts instead", () => {
  const { page, location, changeHash } = pageAt("/sign-in", "#first");
  const code = takeSignInCode(page);
  location.hash = "#second";
  changeHash();
  expect(code.current()).toBe("second");
  expect(location.hash).toBe("");
});

test("a fragment of another page is none of it", () => {
  const { page, replaced } = pageAt("/", "#main");
  expect(takeSignInCode(page).current()).toBe(null);
  expect(replaced).toEqual([]);
});
