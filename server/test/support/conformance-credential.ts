/**
 * Loaded into the conformance suite's process ahead of it: the suite knows no servers that ask for a credential, so
 * every request that it sends, by `fetch` or by Node's own client, gets one on the way, and is else what it was.
 */
import { subscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";

interface Dispatched {
  readonly request: { addHeader(name: string, value: string): void };
}

interface Created {
  readonly request: ClientRequest;
}

const credential = `Bearer ${process.env["CONFORMANCE_TOKEN"] ?? ""}`;
subscribe("undici:request:create", (message) => {
  (message as Dispatched).request.addHeader("authorization", credential);
});
subscribe("http.client.request.created", (message) => {
  (message as Created).request.setHeader("authorization", credential);
});
