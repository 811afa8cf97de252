import assert from "node:assert/strict";
import { test } from "node:test";
import { browserCommand, openBrowser } from "./open-browser.ts";

test("a browser is opened where there is a screen and somebody in front of it", () => {
  assert.equal(browserCommand({ DISPLAY: ":0" }, "linux"), "xdg-open");
  assert.equal(browserCommand({ WAYLAND_DISPLAY: "wayland-0" }, "linux"), "xdg-open");
  assert.equal(browserCommand({}, "darwin"), "open");
  assert.equal(browserCommand({}, "linux"), null);
  for (const name of ["CI", "COUNTERSIGN_NO_OPEN", "SSH_CONNECTION"]) {
    assert.equal(browserCommand({ DISPLAY: ":0", [name]: "1" }, "linux"), null, name);
    assert.equal(browserCommand({ [name]: "1" }, "darwin"), null, name);
  }
  assert.equal(browserCommand({ DISPLAY: ":0" }, "win32"), null);
});

test("without the program that opens browsers nothing happens", () => {
  assert.doesNotThrow(() => openBrowser("http://127.0.0.1:1/", { CI: "1" }, "linux"));
});
