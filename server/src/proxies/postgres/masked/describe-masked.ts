import type { Dialogue } from "#/proxies/postgres/dialogue/dialogue.ts";
import { sessionError } from "#/proxies/postgres/present.ts";
import type { Passing } from "#/proxies/postgres/reply/expected.ts";
import { onFailure, type Pipeline } from "#/proxies/postgres/session/pipeline.ts";
import { encodeDescribe } from "#/proxies/postgres/wire/encode-frontend.ts";
import type { MaskedPassing } from "./masked-passing.ts";
import type { MaskedRun } from "./masked-run.ts";

/**
 * What passes of the next Execute of this portal; null where nothing of it is masked. Rows of the extended protocol come without
 * their description, so that the gateway asks for it right before.
 */
export function describeMasked(
  dialogue: Dialogue,
  pipeline: Pipeline,
  { name, masked }: { readonly name: string; readonly masked: MaskedRun | null },
  inner: Passing | null = null,
): MaskedPassing | null {
  if (masked === null) return null;
  const passing = masked.passing(inner);
  dialogue.sendOwn("describe", encodeDescribe("portal", name), {
    ...onFailure(pipeline),
    errorInstead: undescribed,
    onDescribed: (message) => passing.described(message),
  });
  return passing;
}

const undescribed = sessionError(
  "ERROR",
  "0A000",
  "The columns of the portal could not be told, so that its rows can't be masked.",
);
