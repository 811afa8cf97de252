/** Keeps what was masked lately: lists and pages show the same actions again and again, and each of their views follows from its action. */
import type { ActionContent, MaskedAction } from "./mask-action.ts";

/** Of the masked texts that are kept, together. The least recently used go. */
const maskedBytesMax = 32 * 1024 * 1024;
/** What a field costs besides its text. */
const fieldBytes = 200;

/** `key` is of the action and of what of it is shown: the same key is the same view. */
export type MaskByKey = (key: string, content: ActionContent) => Promise<MaskedAction>;

export function rememberMasked(mask: (content: ActionContent) => Promise<MaskedAction>): MaskByKey {
  const kept = new Map<string, { readonly masked: Promise<MaskedAction>; bytes: number }>();
  let bytes = 0;

  const forget = (key: string) => {
    bytes -= kept.get(key)?.bytes ?? 0;
    kept.delete(key);
  };

  return async (key, content) => {
    const known = kept.get(key);
    if (known !== undefined) {
      kept.delete(key);
      kept.set(key, known);
      return known.masked;
    }
    const masked = mask(content);
    const entry = { masked, bytes: 0 };
    kept.set(key, entry);
    try {
      entry.bytes = bytesOf(await masked);
    } catch (error) {
      kept.delete(key);
      throw error;
    }
    if (kept.get(key) === entry) bytes += entry.bytes;
    for (const oldest of kept.keys()) {
      if (bytes <= maskedBytesMax) break;
      forget(oldest);
    }
    return masked;
  };
}

function bytesOf(masked: MaskedAction): number {
  const { command, parameters, data, asked, agentReason, fields, pseudonyms } = masked;
  const texts = [
    command,
    ...parameters,
    ...data.flat(),
    asked?.command ?? "",
    agentReason,
    ...(asked?.parameters ?? []),
    ...fields.map(({ original }) => original),
    ...pseudonyms.map(({ value }) => value),
  ];
  return texts.reduce((sum, text) => sum + 2 * (text?.length ?? 0), fieldBytes * fields.length);
}
