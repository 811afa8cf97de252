import { readFileSync } from "node:fs";

const manifest: unknown = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
);

/** Of the command; the gateway beside it has the same. */
export const version: string = (manifest as { readonly version: string }).version;
