/**
 * Judges what happened to a review, version by version, without knowing how it came about: the promises as
 * statements over a history. Written apart from the machine, and shares no code with it.
 */
import type { PersonId } from "#/core/ids.ts";
import type { QuorumSlot } from "#/core/obligation.ts";
import { assurances } from "#/core/principal.ts";
import type { RecordDraft } from "#/core/record.ts";
import type { Review } from "#/core/review.ts";
import type { PeopleLookup } from "./event.ts";
import { privateWords } from "./fixtures.test-support.ts";

export interface JudgedStep {
  readonly before: Review | null;
  readonly after: Review;
  readonly records: readonly RecordDraft[];
  /** As they were when the step was made. */
  readonly people: PeopleLookup;
}

/** Each broken promise, in words; of one review's whole history. */
export function problemsOf(steps: readonly JudgedStep[]): readonly string[] {
  const problems: string[] = [];
  const demand = (holds: boolean, promise: string) => {
    if (!holds) problems.push(promise);
  };
  for (const { before, after, records, people } of steps) {
    demand(records.length > 0, "every change is recorded");
    const leaf = JSON.stringify(records.map(({ body }) => body));
    for (const word of privateWords) demand(!leaf.includes(word), `no "${word}" in a leaf`);
    demand(
      records.at(-1)?.body["state"] === after.state &&
        records.every(({ review }) => review === after.id),
      "a record says the state that was reached",
    );
    if (before === null) {
      demand(after.version === 1 && after.state === "pending", "a review opens pending");
      continue;
    }
    const now = records[0]?.at ?? Number.NaN;
    judgeStep(before, after, now, people, demand);
    const claimed = records.find(({ type }) => type === "execution.claimed");
    if (claimed !== undefined) {
      const limits = [
        ...(after.obligations.rows === null ? [] : [after.obligations.rows.max]),
        ...after.verdicts
          .filter(({ kind, digest }) => kind === "approve" && digest === after.digest)
          .flatMap(({ rowsMax, rowsMeasured }) => rowsMax ?? rowsMeasured ?? []),
      ];
      const least = limits.length === 0 ? null : Math.min(...limits);
      demand(claimed.body["rowsMax"] === least, "the least size that anybody approved is claimed");
    }
  }
  demand(claims(steps).length <= 1, "an approval is claimed at most once");
  demand(recordedInOrder(steps), "nothing runs without an approval recorded before it");
  return [...new Set(problems)];
}

type Demand = (holds: boolean, promise: string) => void;

function judgeStep(
  before: Review,
  after: Review,
  now: number,
  people: PeopleLookup,
  demand: Demand,
): void {
  const reached = (state: Review["state"]) => before.state !== state && after.state === state;
  const given = after.verdicts.slice(before.verdicts.length);
  const [verdict] = given;
  const edits = after.overrides.slice(before.overrides.length);
  const [edit] = edits;

  demand(after.version === before.version + 1, "a change is one version more");
  const reveals = after.reveals.slice(before.reveals.length);
  demand(isDeepPrefix(before.reveals, after.reveals), "reveals are only ever added");
  if (reveals.length > 0) {
    const without = { ...after, version: before.version, reveals: before.reveals };
    demand(
      JSON.stringify(without) === JSON.stringify(before),
      "a reveal changes nothing else, whenever it comes",
    );
    demand(
      reveals.length === 1 && reveals[0]?.digest === before.digest,
      "a reveal is of exactly the action that waits",
    );
    return;
  }
  demand(
    isDeepPrefix(before.verdicts, after.verdicts) && given.length <= 1,
    "verdicts are only ever added, one at a time",
  );
  demand(
    !["denied", "changes_requested", "expired", "cancelled", "voided"].includes(before.state),
    "a final state is final",
  );
  demand(
    before.barred.every((id) => after.barred.includes(id)),
    "whoever answers for an action answers for it always",
  );

  demand(
    isDeepPrefix(before.overrides, after.overrides) && edits.length <= 1,
    "edits are only ever added, one at a time",
  );
  if (edit !== undefined) {
    const editor = edit.person.id;
    demand(before.state === "pending" && before.caller !== null, "only what is held is edited");
    demand(now < before.expiresAt, "an edit after the time is none");
    demand(mayVote(before, editor, people), "only eligible people edit");
    demand(edit.digest === before.digest, "an edit is of exactly the action that waits");
    demand(
      after.digest !== before.digest && after.action.revision === before.action.revision + 1,
      "an edit is another action, one revision later",
    );
    demand(edit.narrows || after.barred.includes(editor), "an editor has no other say");
    demand(
      edit.narrows === (verdict?.kind === "approve" && verdict.person.id === editor),
      "only an edit that narrows is an approval",
    );
    demand(
      after.obligations.quorum.length >= before.obligations.quorum.length,
      "terms never loosen",
    );
  }
  if (verdict !== undefined) {
    demand(before.state === "pending", "only what is pending takes verdicts");
    demand(now < before.expiresAt, "a verdict after the time is none");
    // An edit that narrows is its editor's approval of what it made.
    const judged = edits.length === 0 ? before.digest : after.digest;
    demand(verdict.digest === judged, "a verdict is on exactly the action that waits");
    const { id } = verdict.person;
    const { people: tied, onBehalfOf } = before.action.principal;
    const stops =
      verdict.kind !== "approve" &&
      before.overrides.some(({ person }) => person.id === id) &&
      !tied.includes(id) &&
      onBehalfOf?.id !== id;
    const seen = stops
      ? { ...before, barred: before.barred.filter((each) => each !== id) }
      : before;
    demand(mayVote(seen, id, people), "only eligible people vote, and an editor only against it");
    demand(
      before.verdicts.every(
        (other) =>
          other.person.id !== verdict.person.id ||
          other.digest !== verdict.digest ||
          !countsNow(before, other, people),
      ),
      "a person has one verdict on one action",
    );
  }
  if (reached("approved")) {
    demand(
      verdict?.kind === "approve",
      "only an approval approves: time, callers and edits never do",
    );
    demand(enoughNow(after, people), "a quorum of distinct, eligible people approves");
  }
  demand(!reached("denied") || verdict?.kind === "deny", "only a person denies");
  demand(
    !reached("changes_requested") || verdict?.kind === "request_changes",
    "only a person asks for changes",
  );
  demand(
    !(verdict?.kind === "deny" || verdict?.kind === "request_changes") || after.state !== "pending",
    "one no ends it",
  );
  demand(
    !reached("expired") ||
      now >= ((before.state === "pending" ? before.expiresAt : before.validUntil) ?? Infinity),
    "nothing expires before its time",
  );
  demand(
    !reached("pending") || after.validUntil === null,
    "a reopened review keeps nothing of its approval",
  );
  demand(!reached("cancelled") || before.caller !== null, "only a caller that waits cancels");

  if (before.execution === null && after.execution !== null) {
    demand(after.execution.state === "claimed", "an execution begins as claimed");
    demand(before.state === "approved", "only what is approved is claimed");
    demand(before.caller !== null, "a caller that waits claims");
    demand(now < (before.validUntil ?? 0), "an approval that lapsed is not claimed");
    demand(after.digest === before.digest, "what is claimed is what was approved");
    demand(
      enoughNow({ ...after, obligations: before.obligations }, people) && enoughNow(after, people),
      "a claim stands on people who still may approve",
    );
  }
  if (before.execution !== null) {
    demand(after.execution !== null && after.state === "approved", "a claim is never taken back");
    demand(
      ["claimed", "executed_uncommitted"].includes(before.execution.state),
      "an outcome is final",
    );
    demand(after.execution?.state !== "claimed", "nothing is claimed again");
  }
}

function isDeepPrefix(start: readonly unknown[], whole: readonly unknown[]): boolean {
  return start.every((item, index) => JSON.stringify(item) === JSON.stringify(whole[index]));
}

function mayVote(review: Review, id: PersonId, people: PeopleLookup): boolean {
  const someone = people(id);
  return (
    someone !== null &&
    !review.barred.includes(id) &&
    someone.since <= review.openedAt &&
    review.obligations.quorum.some(({ group }) => someone.groups.includes(group))
  );
}

type Vote = Review["verdicts"][number];

function countsNow(review: Review, vote: Vote, people: PeopleLookup): boolean {
  return (
    (vote.kind !== "approve" || demandedIsSeen(review, vote)) &&
    vote.digest === review.digest &&
    vote.revision === review.action.revision &&
    mayVote(review, vote.person.id, people) &&
    assurances.indexOf(vote.assurance) >= assurances.indexOf(review.obligations.assurance) &&
    groupsNow(vote, people).some((group) =>
      review.obligations.quorum.some((slot) => slot.group === group),
    )
  );
}

function demandedIsSeen({ obligations }: Review, { revealed }: Vote): boolean {
  return obligations.reveals.every((kind) => revealed.includes(kind));
}

function groupsNow(vote: Vote, people: PeopleLookup): readonly string[] {
  return vote.groups.filter((group) => people(vote.person.id)?.groups.includes(group));
}

function enoughNow(review: Review, people: PeopleLookup): boolean {
  const groups = new Map<PersonId, readonly string[]>();
  for (const vote of review.verdicts) {
    if (vote.kind !== "approve" || !countsNow(review, vote, people)) continue;
    groups.set(vote.person.id, [...(groups.get(vote.person.id) ?? []), ...groupsNow(vote, people)]);
  }
  return canFill(review.obligations.quorum, [...groups.values()]);
}

/** Tries every way to give each person one slot or none. */
export function canFill(
  slots: readonly QuorumSlot[],
  groupsOfPeople: readonly (readonly string[])[],
): boolean {
  if (slots.every(({ needed }) => needed <= 0)) return true;
  const [groups, ...others] = groupsOfPeople;
  if (groups === undefined) return false;
  const filled = slots.flatMap(({ group, needed }, index) =>
    needed > 0 && groups.includes(group) ? [slots.with(index, { group, needed: needed - 1 })] : [],
  );
  return filled.some((rest) => canFill(rest, others)) || canFill(slots, others);
}

function claims(steps: readonly JudgedStep[]): readonly JudgedStep[] {
  return steps.filter(({ records }) => records.some(({ type }) => type === "execution.claimed"));
}

/** By the log alone: a claim follows an approval of the same digest, with no reopening in between. */
function recordedInOrder(steps: readonly JudgedStep[]): boolean {
  let approved: unknown = null;
  for (const { type, body } of steps.flatMap(({ records }) => records)) {
    if (type === "review.approved") approved = body["digest"];
    if (type === "review.reopened" && body["state"] === "pending") approved = null;
    if (type === "execution.claimed" && approved !== body["digest"]) return false;
  }
  return true;
}
