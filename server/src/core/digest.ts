/**
 * The digests that bind an approval to what runs (SEMANTICS §2).
 *
 * What is in them is fixed by the tag: a change of the fields is a new tag. Facts, reasons and obligations
 * are not in them, so that a better parser does not make an approval stale.
 */
import { createHmac, hash } from "node:crypto";
import { type Action, type LoadedData, placeOf } from "./action.ts";
import { canonicalize } from "./canonical.ts";
import type { Digest } from "./ids.ts";
import type { Json } from "./json.ts";

const actionTag = "countersign/action/v1\0";
const dataTag = "countersign/data/v1\0";
const viewTag = "countersign/view/v1\0";
const joinTag = "countersign/join/v1\0";

/** The digest that people approve. It covers the salt, so that it does not reveal a guessable command. */
export function actionDigest(action: Action): Digest {
  return hash("sha256", actionTag + canonicalize(digestFields(action)), "hex") as Digest;
}

/**
 * The key under which a caller that comes back finds its review. Keyed, because it has no salt, and
 * without the revision, because the caller does not know of edits.
 */
export function joinKey(action: Action, key: Uint8Array): string {
  const { revision: _revision, salt: _salt, ...fields } = digestFields(action);
  return createHmac("sha256", key)
    .update(joinTag + canonicalize(fields))
    .digest("hex");
}

/**
 * What the log says for ever of data that was loaded: by the action's salt, so that it does not reveal data that
 * could be guessed, and that whoever has the data and the action's payload can take it again.
 */
export function dataDigest(
  { salt }: Pick<Action, "salt">,
  { sha256, bytes }: DataIdentity,
): Digest {
  return hash("sha256", dataTag + canonicalize({ bytes, salt, sha256 }), "hex") as Digest;
}

/** What somebody was shown before they decided, as far as their decision rests on it. */
export function viewDigest(shown: Readonly<Record<string, Json>>): Digest {
  return hash("sha256", viewTag + canonicalize(shown), "hex") as Digest;
}

/** Nothing where there is none: most actions have no data, and their digests stay what they were. */
function dataFields({ data }: Pick<Action, "data">): { readonly [key: string]: Json } {
  // Neither has what was stored before there was such a field.
  return data ? { data: { bytes: data.bytes, sha256: data.sha256 } } : {};
}

export type DataIdentity = Pick<LoadedData, "sha256" | "bytes">;

/** In the order of their canonical form, which is written fastest so. */
function digestFields(action: Action): { readonly [key: string]: Json } {
  const { principal, resource } = action;
  const { database, role } = placeOf(resource);
  return {
    command: Buffer.from(action.command, "utf8").toString("base64"),
    connection: resource.connection,
    ...dataFields(action),
    database,
    endpoint: resource.endpoint,
    onBehalfOf: principal.onBehalfOf?.id ?? null,
    parameters: action.parameters.map(({ type, format, bytes }) => ({ bytes, format, type })),
    principal: { kind: principal.kind, name: principal.name },
    revision: action.revision,
    role,
    salt: action.salt,
    sessionFingerprint: action.fingerprint,
    verbs: [...action.verbs],
  };
}
