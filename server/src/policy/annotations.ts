/**
 * The annotations that a policy may carry, with their exact grammar.
 *
 * Cedar keeps annotations and does not look at them. Here, whatever is not known, not well formed or not
 * enforced is a problem of the policy set: nobody relies on a rule that nothing keeps.
 */
import type { QuorumSlot } from "#/core/obligation.ts";
import { type Assurance, assurances } from "#/core/principal.ts";
import { parseMasks, parseReveals } from "./masks.ts";
import { accept, type Parsed, refuse } from "./parsed.ts";

interface AnnotationRule<T> {
  readonly description: string;
  readonly example: string;
  /** Whether this version does what it says; if not, using it is a problem. */
  readonly enforced: boolean;
  /** What it needs beside it: a denial can't be approved, so most are at home on a permit only. */
  readonly belongs: "anywhere" | "permit" | "review";
  readonly parse: (text: string) => Parsed<T>;
}

const idCharsMax = 64;
const reasonCharsMax = 500;
const quorumGroupsMax = 10;
const quorumPeopleMax = 20;
const secondMs = 1000;
const hourMs = 60 * 60 * secondMs;
const dayMs = 24 * hourMs;
const ttlMaxMs = 30 * dayMs;
const validMaxMs = 7 * dayMs;
const policyRowsMax = 1_000_000_000;

export const annotations = {
  id: {
    description:
      "The policy's name in decisions, reviews and the log; required, unique in the set.",
    example: '@id("writes-wait")',
    enforced: true,
    belongs: "anywhere",
    parse: parseId,
  },
  review: {
    description: "Hold the action until so many distinct people of these groups approve.",
    example: '@review("2 of dba, 1 of security")',
    enforced: true,
    belongs: "permit",
    parse: parseReview,
  },
  ttl: {
    description: "How long the review may stay pending, 4h unless stated; then it expires.",
    example: '@ttl("4h")',
    enforced: true,
    belongs: "review",
    parse: (text) => parseDuration(text, ttlMaxMs),
  },
  valid: {
    description: "How long an approval may wait for its execution, 5m unless stated.",
    example: '@valid("5m")',
    enforced: true,
    belongs: "review",
    parse: (text) => parseDuration(text, validMaxMs),
  },
  mask: {
    description: "Mask what these recognizers find, and these columns hold, in what is returned.",
    example: '@mask("email, us_ssn: hash, public.customers.phone: partial")',
    enforced: true,
    belongs: "permit",
    parse: parseMasks,
  },
  reveal: {
    description: "An approval counts only of who has revealed these values before.",
    example: '@reveal("iban")',
    enforced: true,
    belongs: "review",
    parse: parseReveals,
  },
  max_rows: {
    description: "Return or change no more rows than this; an action that does is undone.",
    example: '@max_rows("100")',
    enforced: true,
    belongs: "permit",
    parse: parseRows,
  },
  assurance: {
    description: "The weakest sign-in whose verdict counts.",
    example: '@assurance("session")',
    enforced: true,
    belongs: "review",
    parse: parseAssurance,
  },
  step_up: unenforced("A reviewer must confirm the verdict this way.", '@step_up("passkey")'),
  grantable: unenforced(
    "An approval may cover like actions, so long and so often.",
    '@grantable("30m, 10 uses")',
  ),
  break_glass: unenforced(
    "These people may stand in for the quorum in an emergency.",
    '@break_glass("1 of oncall")',
  ),
  reason: {
    description: "One sentence that the agent and the reviewer are shown.",
    example: '@reason("Writes wait for a database administrator.")',
    enforced: true,
    belongs: "anywhere",
    parse: parseReason,
  },
  notify: unenforced("Tell this channel too.", '@notify("slack:#db-approvals")'),
} as const satisfies Readonly<Record<string, AnnotationRule<unknown>>>;

export type AnnotationName = keyof typeof annotations;

function parseId(text: string): Parsed<string> {
  return idForm.test(text)
    ? accept(text)
    : refuse(
        `"${text}" is no name; use letters, digits, ".", "_" and "-", starting with a letter or digit, at most ${idCharsMax}`,
      );
}

const idForm = new RegExp(`^[A-Za-z0-9][A-Za-z0-9._-]{0,${idCharsMax - 1}}$`);

function parseReason(text: string): Parsed<string> {
  if (text.trim() === "") return refuse("it is empty");
  if (text.length > reasonCharsMax) return refuse(`it is longer than ${reasonCharsMax} characters`);
  if (unshowable.test(text)) return refuse("it holds control characters; write one line of text");
  return accept(text);
}

/** Control characters, line separators, and signs that turn the direction of what follows. */
const unshowable = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

function parseReview(text: string): Parsed<readonly QuorumSlot[]> {
  const slots = new Map<string, number>();
  for (const part of text.split(",")) {
    const match = slotForm.exec(part.trim());
    const group = match?.groups?.["group"];
    if (group === undefined) {
      return refuse(`"${part.trim()}" does not read like "2 of dba"; separate several by commas`);
    }
    const needed = Number(match?.groups?.["needed"]);
    if (needed === 0) return refuse(`"0 of ${group}" asks nobody`);
    if (needed > quorumPeopleMax) {
      return refuse(
        `${needed} of ${group} are more than ${quorumPeopleMax}, the most that can be asked`,
      );
    }
    if (slots.has(group)) return refuse(`${group} stands there twice`);
    slots.set(group, needed);
  }
  if (slots.size > quorumGroupsMax) return refuse(`it names more than ${quorumGroupsMax} groups`);
  return accept(Array.from(slots, ([group, needed]) => ({ group, needed })).toSorted(byGroup));
}

const slotForm = /^(?<needed>0|[1-9][0-9]{0,8}) of (?<group>[A-Za-z0-9][A-Za-z0-9._-]{0,63})$/;

function byGroup(one: QuorumSlot, other: QuorumSlot): number {
  return one.group < other.group ? -1 : 1;
}

function parseDuration(text: string, maxMs: number): Parsed<number> {
  const match = /^(?<count>0|[1-9][0-9]{0,8})(?<unit>[smhd])$/.exec(text);
  const unit = match?.groups?.["unit"];
  if (unit === undefined)
    return refuse(`"${text}" is no duration; write "30s", "5m", "4h" or "7d"`);
  const ms = Number(match?.groups?.["count"]) * (unitMs[unit] ?? Number.NaN);
  if (ms === 0) return refuse("it is zero");
  if (!(ms <= maxMs)) return refuse(`"${text}" is more than ${maxMs / dayMs}d, the most there is`);
  return accept(ms);
}

const unitMs: Readonly<Record<string, number>> = {
  s: secondMs,
  m: 60 * secondMs,
  h: hourMs,
  d: dayMs,
};

function parseRows(text: string): Parsed<number> {
  if (!/^(?:0|[1-9][0-9]{0,9})$/.test(text)) return refuse(`"${text}" is no number; write "100"`);
  const rows = Number(text);
  if (rows === 0) return refuse("it is zero; what may touch no rows is better forbidden");
  return rows <= policyRowsMax
    ? accept(rows)
    : refuse(`"${text}" is more than ${policyRowsMax}, the most there is`);
}

function parseAssurance(text: string): Parsed<Assurance> {
  const assurance = assurances.find((one) => one === text);
  return assurance === undefined
    ? refuse(`"${text}" is no assurance; choose one of ${assurances.join(", ")}`)
    : accept(assurance);
}

function unenforced(description: string, example: string) {
  return {
    description,
    example,
    enforced: false,
    belongs: "permit",
    parse: () => refuse<never>("no part of this version enforces it"),
  } as const;
}
