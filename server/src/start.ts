/**
 * Where the gateway is started: has Node keep what it makes of the sources, then hands over to `main.ts`.
 *
 * From the second start on no types are stripped and less is compiled: that is half of the time until it listens, and
 * Node's parser of TypeScript takes no memory, which each thread would have one of. It is kept beside the packages, where
 * nobody can write who could not change the code as well; where the gateway can't write there, nothing is kept.
 *
 * The flags of `npm start` hold its memory down while little is asked of it: one thread at a time optimizes WebAssembly,
 * for which each would take and keep 10 MB, and `--expose-gc` is for `platform/give-back.ts`.
 */
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

const beside = fileURLToPath(new URL("../../node_modules/.cache/countersign", import.meta.url));
// For the store's thread too.
process.env["NODE_COMPILE_CACHE"] ??= beside;
enableCompileCache(process.env["NODE_COMPILE_CACHE"]);
await import("./main.ts");
