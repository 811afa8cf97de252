/** What listeners of tests show themselves with. */
import { makeSelfSigned } from "#/tls/self-signed.ts";
import { serverIdentity } from "#/tls/server-identity.ts";

const pair = makeSelfSigned({
  names: ["localhost", "127.0.0.1"],
  now: Date.now(),
  serial: Buffer.alloc(16, 1),
});

export const testIdentity = serverIdentity(pair, "of the test");
/** PEM, for clients to trust. */
export const testCertificate: string = pair.certificate;
