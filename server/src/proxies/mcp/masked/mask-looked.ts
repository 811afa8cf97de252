/** All of a message that is looked at, masked: first each by itself, then by what was found in the others. */
import type { InSteps } from "#/masking/in-steps.ts";
import type { JsonNode } from "#/proxies/mcp/json/json-node.ts";
import { maskBinary } from "./binary.ts";
import { type Edits, edit, renameKey } from "./edits.ts";
import type { Looked } from "./places.ts";
import {
  maskAnswerKey,
  maskAnswerNumber,
  maskAnswerText,
  retraceText,
  type TextMasking,
} from "./texts.ts";
import type { TracedValues } from "./traced.ts";

/** So many characters are looked at in one go. */
const stepChars = 64 * 1024;

export function* maskLooked(
  masking: TextMasking,
  { texts, keys, binaries }: Looked,
  text: string,
  edits: Edits,
): InSteps<void> {
  let looked = 0;
  for (const node of texts) {
    const length = node.end - node.start;
    looked += length;
    if (looked > stepChars) {
      looked = length;
      yield;
    }
    if (node.kind === "string") {
      const masked = maskAnswerText(masking, node.key, shownText(node, edits) ?? node.value);
      if (masked !== null) edit(edits, node, { kind: "value", value: masked });
    } else if (maskAnswerNumber(masking, node.key, text.slice(node.start, node.end))) {
      edit(edits, node, { kind: "value", value: 0 });
    }
  }
  for (const { owner, member } of keys) {
    const masked = maskAnswerKey(masking, edits.keys.get(member) ?? member.key);
    if (masked !== null) renameKey(edits, owner, member, masked);
  }
  for (const binary of binaries) {
    yield;
    maskBinary(masking, edits, binary);
  }
}

/** What was found behind a text, or in an earlier message, stands in it too. */
export function retraceLooked(
  traced: TracedValues,
  { texts, keys }: Looked,
  text: string,
  edits: Edits,
): void {
  for (const node of texts) {
    if (node.kind === "string") {
      const retraced = retraceText(traced, shownText(node, edits) ?? node.value);
      if (retraced !== null) edit(edits, node, { kind: "value", value: retraced });
    } else if (traced.entityOf(text.slice(node.start, node.end)) !== null) {
      edit(edits, node, { kind: "value", value: 0 });
    }
  }
  for (const { owner, member } of keys) {
    const retraced = traced.replaceIn(edits.keys.get(member) ?? member.key);
    if (retraced !== null) renameKey(edits, owner, member, retraced);
  }
}

function shownText(node: JsonNode, edits: Edits): string | null {
  const change = edits.values.get(node);
  return change?.kind === "value" && typeof change.value === "string" ? change.value : null;
}
