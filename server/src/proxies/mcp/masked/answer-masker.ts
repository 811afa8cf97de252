/**
 * What an MCP server answers as an agent may see it: the way into this folder.
 *
 * Pure: messages in, messages out, one by one as they come. Guarantees that of an answer under masks nothing passes that was not looked at; that a value
 * which was replaced in one place stands in no other place of the same answer, in `content` as in `structuredContent`; that
 * `structuredContent` is valid under the tool's output schema wherever masking has changed it, or withheld with the whole message;
 * and that the gateway's own credential for the upstream passes in none, masks or no masks. A message in which nothing is changed is not
 * written anew. Must not know where messages come from, and how a withheld one is told of.
 */
import type { Entity } from "#/core/entity.ts";
import type { Json } from "#/core/json.ts";
import type { Mask } from "#/core/obligation.ts";
import type { MaskedCells } from "#/core/protocol.ts";
import type { Finder } from "#/masking/finder.ts";
import type { InSteps } from "#/masking/in-steps.ts";
import { type Recognizing, recognizingOf } from "#/masking/recognizing.ts";
import type { Replacements } from "#/masking/replacement/replacements.ts";
import type { JsonFault } from "#/proxies/mcp/json/json-cursor.ts";
import type { JsonNode } from "#/proxies/mcp/json/json-node.ts";
import type { CredentialScrub } from "./credential.ts";
import { type Edits, edit, noEdits, renameKey, write } from "./edits.ts";
import { fitSchema } from "./fit-schema.ts";
import { memberOf, parseJson } from "./json-tree.ts";
import { maskLooked, retraceLooked } from "./mask-looked.ts";
import { createNames, type Names } from "./names.ts";
import { type Looked, lookedAt } from "./places.ts";
import type { TextMasking } from "./texts.ts";
import { createTracedValues } from "./traced.ts";

/** What a decision masks: to be kept for all answers under the same masks. */
export interface AnswerMasks {
  readonly recognizers: Recognizing;
  readonly names: Names;
}

/** Null where no kind of value is masked. Columns are of databases: a mask of one says nothing here. */
export function answerMasks(
  finder: Finder,
  replacements: Replacements,
  masks: readonly Mask[],
): AnswerMasks | null {
  const recognizers = recognizingOf(finder, replacements, masks);
  return recognizers && { recognizers, names: createNames(recognizers) };
}

export interface AnswerMaskerOptions {
  readonly masks: AnswerMasks | null;
  readonly scrub: CredentialScrub;
  /** The output schema of the called tool, as its definition was pinned; null where it states none. */
  readonly outputSchema: Json | null;
}

export interface AnswerMasker {
  /** Messages of one answer, in their order: progress, log messages and requests before it too. */
  readonly mask: (message: Buffer) => InSteps<PassedMessage>;
  /** What was replaced so far. */
  readonly counts: () => MaskedCells;
  /** False: it passes as it is, which `mask` would find too. */
  readonly looksAt: (message: Buffer) => boolean;
}

export type PassedMessage =
  | { readonly kind: "unchanged" }
  | { readonly kind: "changed"; readonly bytes: Buffer }
  /** Nothing of it may pass. */
  | { readonly kind: "withheld"; readonly why: WhyWithheld };

export type WhyWithheld = JsonFault | "too_long" | "breaks_schema";

/** A longer message is not looked at: under masks it is withheld. */
export const maskedMessageBytesMax = 8 * 1024 * 1024;

export function createAnswerMasker({
  masks,
  scrub,
  outputSchema,
}: AnswerMaskerOptions): AnswerMasker {
  const counts = new Map<Entity, number>();
  const traced = createTracedValues();
  const masking: TextMasking | null = masks && {
    ...masks,
    traced,
    replace(entity, value) {
      const replacement = masks.recognizers.replace(entity, value);
      traced.add(entity, value, replacement);
      counts.set(entity, (counts.get(entity) ?? 0) + 1);
      return replacement;
    },
  };
  return {
    mask,
    counts: () => Object.fromEntries(counts),
    looksAt: (message) => masking !== null || scrub.mayBeIn(message),
  };

  function* mask(message: Buffer): InSteps<PassedMessage> {
    const isScrubbed = scrub.mayBeIn(message);
    if (masking === null && !isScrubbed) return { kind: "unchanged" };
    if (message.length > maskedMessageBytesMax) return { kind: "withheld", why: "too_long" };
    const text = message.toString("utf8");
    const root = parseJson(text);
    if (typeof root === "string") return { kind: "withheld", why: root };
    yield;
    const edits = noEdits();
    const looked = lookedAt(root);
    if (isScrubbed) scrubAll(looked, edits);
    if (masking !== null) {
      yield* maskLooked(masking, looked, text, edits);
      if (traced.size() > 0) retraceLooked(traced, looked, text, edits);
    }
    if (edits.changed.size === 0) return { kind: "unchanged" };
    yield;
    if (!keepsSchema(text, root, edits)) return { kind: "withheld", why: "breaks_schema" };
    return { kind: "changed", bytes: Buffer.from(write(text, root, edits), "utf8") };
  }

  function scrubAll({ texts, keys }: Looked, edits: Edits): void {
    for (const node of texts) {
      const scrubbed = node.kind === "string" ? scrub.scrub(node.value) : null;
      if (scrubbed !== null) edit(edits, node, { kind: "value", value: scrubbed });
    }
    for (const { owner, member } of keys) {
      const scrubbed = scrub.scrub(member.key);
      if (scrubbed !== null) renameKey(edits, owner, member, scrubbed);
    }
  }

  function keepsSchema(text: string, root: JsonNode, edits: Edits): boolean {
    if (outputSchema === null) return true;
    const structured = memberOf(memberOf(root, "result"), "structuredContent");
    if (structured === undefined || !edits.changed.has(structured)) return true;
    return fitSchema(outputSchema, text, structured, edits);
  }
}
