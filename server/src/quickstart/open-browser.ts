/**
 * Opens a page in the browser of whoever started the quickstart at a terminal. A courtesy: it never fails,
 * and nothing waits for it.
 *
 * The link stands in the arguments of a process for a moment, where others on this machine may read it. It works
 * once, and decides about the bundled sample alone.
 */
import { spawn } from "node:child_process";
import type { Environment } from "#/config/read-secret.ts";

export function openBrowser(
  url: string,
  environment: Environment,
  platform: NodeJS.Platform = process.platform,
): void {
  const command = browserCommand(environment, platform);
  if (command === null) return;
  const child = spawn(command, [url], { stdio: "ignore", detached: true });
  child.once("error", () => {});
  child.unref();
}

/** Null where there is no screen, or nobody in front of it. */
export function browserCommand(environment: Environment, platform: NodeJS.Platform): string | null {
  const isSet = (name: string) => (environment[name] ?? "") !== "";
  if (isSet("CI") || isSet("COUNTERSIGN_NO_OPEN") || isSet("SSH_CONNECTION")) return null;
  if (platform === "darwin") return "open";
  const hasScreen = isSet("DISPLAY") || isSet("WAYLAND_DISPLAY");
  return platform === "linux" && hasScreen ? "xdg-open" : null;
}
