/** The flags with which `npm start` starts the gateway: what is measured runs under the same. */
import { readFileSync } from "node:fs";

export function startFlags(): readonly string[] {
  const file = new URL("../package.json", import.meta.url);
  const { scripts } = JSON.parse(readFileSync(file, "utf8")) as { scripts: { start: string } };
  return scripts.start.split(" ").filter((word) => word.startsWith("--"));
}
