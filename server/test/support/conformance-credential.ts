/**
 * Loaded into the conformance suite's process ahead of it: the suite knows no servers that ask for a credential, so
 * every request that it sends, however it sends it, gets one on the way, and is else what it was.
 */
import { subscribe } from "node:diagnostics_channel";

interface Created {
  readonly request: { addHeader(name: string, value: string): void };
}

const token = process.env["CONFORMANCE_TOKEN"] ?? "";
subscribe("undici:request:create", (message) => {
  (message as Created).request.addHeader("authorization", `Bearer ${token}`);
});
