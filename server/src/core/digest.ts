/**
 * The digests that bind an approval to what runs (SEMANTICS §2).
 *
 * What is in them is fixed by the tag: a change of the fields is a new tag. Facts, reasons and obligations
 * are not in them, so that a better parser does not make an approval stale.
 */
import { createHmac, hash } from "node:crypto";
import type { Action } from "./action.ts";
import { canonicalize } from "./canonical.ts";
import type { Digest } from "./ids.ts";
import type { Json } from "./json.ts";

const actionTag = "countersign/action/v1\0";
const joinTag = "countersign/join/v1\0";

/** The digest that people approve. It covers the salt, so that it does not reveal a guessable command. */
export function actionDigest(action: Action): Digest {
  const fields = { ...identifyingFields(action), revision: action.revision, salt: action.salt };
  return hash("sha256", actionTag + canonicalize(fields), "hex") as Digest;
}

/**
 * The key under which a caller that comes back finds its review. Keyed, because it has no salt, and
 * without the revision, because the caller does not know of edits.
 */
export function joinKey(action: Action, key: Uint8Array): string {
  return createHmac("sha256", key)
    .update(joinTag + canonicalize(identifyingFields(action)))
    .digest("hex");
}

function identifyingFields(action: Action): { readonly [key: string]: Json } {
  const { principal, resource } = action;
  return {
    command: Buffer.from(action.command, "utf8").toString("base64"),
    connection: resource.connection,
    database: resource.database,
    endpoint: resource.endpoint,
    onBehalfOf: principal.onBehalfOf?.id ?? null,
    parameters: action.parameters.map(({ type, format, bytes }) => ({ type, format, bytes })),
    principal: { kind: principal.kind, name: principal.name },
    role: resource.role,
    sessionFingerprint: action.fingerprint,
    verbs: [...action.verbs],
  };
}
