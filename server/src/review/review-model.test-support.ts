/** The machine's rules once more, small and written apart from it, which the machine is held to. */
import assert from "node:assert/strict";
import type { CallerId, PersonId } from "#/core/ids.ts";
import type { Obligations } from "#/core/obligation.ts";
import { type Assurance, assurances, type Person } from "#/core/principal.ts";
import type { ExecutionState, Review, ReviewState } from "#/core/review.ts";
import { caller, openedAt, personId } from "./fixtures.test-support.ts";
import { canFill } from "./history.test-support.ts";
import { type HiddenField, type Op, tighten, type Which } from "./history-ops.test-support.ts";

interface View {
  readonly phase: ReviewState;
  readonly running: ExecutionState | null;
  readonly waits: CallerId | null;
  readonly revision: number;
  readonly votes: number;
  readonly edits: number;
  readonly reveals: number;
  readonly barred: readonly PersonId[];
  readonly until: number | null;
}

export function viewOf(review: Review): View {
  return {
    phase: review.state,
    running: review.execution?.state ?? null,
    waits: review.caller,
    revision: review.action.revision,
    votes: review.verdicts.length,
    edits: review.overrides.length,
    reveals: review.reveals.length,
    barred: review.barred.toSorted(),
    until: review.state === "pending" ? review.expiresAt : review.validUntil,
  };
}

interface Vote {
  readonly op: Pick<
    Extract<Op, { readonly op: "verdict" }>,
    "who" | "verdict" | "assurance" | "comment" | "rowsMax" | "key"
  >;
  readonly groups: readonly string[];
  readonly revision: number;
  /** What its giver had revealed. */
  readonly seen: readonly string[];
}

export function openModel(opened: Obligations) {
  let asked = opened;
  let phase: ReviewState = "pending";
  let running: ExecutionState | null = null;
  let waits: CallerId | null = caller;
  let revision = 1;
  let deadline = openedAt + opened.ttlMs;
  let yesAt = 0;
  let lapse: number | null = null;
  const votes: Vote[] = [];
  const reveals: { readonly who: string; readonly field: HiddenField; readonly on: number }[] = [];
  const edits: { readonly op: Extract<Op, { readonly op: "override" }>; readonly on: number }[] =
    [];
  const tied = ["owner", "requester"];
  const barred = new Set(tied);

  const over = (now: number) => {
    if (running !== null) return true;
    if (phase === "pending") return now >= deadline;
    return phase !== "approved" || now >= (lapse ?? 0);
  };
  const spokenFor = (
    who: string,
    world: ReadonlyMap<string, Person>,
    isBarred = barred.has(who),
  ) => {
    const someone = world.get(who);
    if (someone === undefined || isBarred || someone.since > openedAt) return [];
    return someone.groups.filter((group) => asked.quorum.some((slot) => slot.group === group));
  };
  const strong = (given: Assurance) =>
    assurances.indexOf(given) >= assurances.indexOf(asked.assurance);
  const seenBy = (who: string) =>
    reveals.filter((one) => one.who === who && one.on === revision).map(({ field }) => field);
  const sawAll = (seen: readonly string[]) => asked.reveals.every((field) => seen.includes(field));
  const standing = (world: ReadonlyMap<string, Person>) =>
    votes
      .filter((vote) => vote.revision === revision && strong(vote.op.assurance))
      .filter((vote) => vote.op.verdict !== "approve" || sawAll(vote.seen))
      .map((vote) => ({
        who: vote.op.who,
        verdict: vote.op.verdict,
        groups: spokenFor(vote.op.who, world).filter((group) => vote.groups.includes(group)),
      }))
      .filter(({ groups }) => groups.length > 0);
  const enough = (world: ReadonlyMap<string, Person>) => {
    const byPerson = Map.groupBy(
      standing(world).filter(({ verdict }) => verdict === "approve"),
      ({ who }) => who,
    );
    const people = [...byPerson.values()].map((all) => all.flatMap(({ groups }) => groups));
    return canFill(asked.quorum, people);
  };
  const end = (state: ReviewState) => {
    phase = state;
    waits = null;
    return "moved" as const;
  };
  const pendAgain = (now: number) => {
    phase = "pending";
    deadline = now + asked.ttlMs;
    lapse = null;
    return "moved" as const;
  };

  const isOn = (op: { readonly which: Which }, earlier: number) =>
    (op.which === "current" && earlier === revision) ||
    (op.which === "stale" && earlier === revision - 1);
  const edit = (
    op: Extract<Op, { readonly op: "override" }>,
    now: number,
    world: ReadonlyMap<string, Person>,
  ) => {
    const earlier = edits.find((one) => one.op.who === op.who && one.op.key === op.key);
    if (earlier !== undefined) {
      return earlier.op.comment === op.comment && isOn(op, earlier.on) ? "unchanged" : "refused";
    }
    if (phase !== "pending" || over(now) || op.which !== "current") return "refused";
    if (spokenFor(op.who, world).length === 0 || !strong(op.assurance)) return "refused";
    if (op.comment === null || waits !== op.caller || edits.length >= 10) return "refused";
    edits.push({ op, on: revision });
    const seen = seenBy(op.who);
    if (op.tighter !== null) asked = tighten(asked, op.tighter);
    revision += 1;
    pendAgain(now);
    if (!op.narrows) barred.add(op.who);
    else {
      votes.push({
        op: { ...op, verdict: "approve", rowsMax: null },
        groups: world.get(op.who)?.groups ?? [],
        revision,
        seen,
      });
      if (enough(world)) {
        phase = "approved";
        yesAt = now;
        lapse = now + asked.validMs;
      }
    }
    return "moved";
  };

  const vote = (
    op: Extract<Op, { readonly op: "verdict" }>,
    now: number,
    world: ReadonlyMap<string, Person>,
  ) => {
    const earlier = votes.find((one) => one.op.who === op.who && one.op.key === op.key);
    if (earlier !== undefined) {
      const same =
        earlier.op.verdict === op.verdict &&
        earlier.op.comment === op.comment &&
        (op.verdict !== "approve" || earlier.op.rowsMax === op.rowsMax) &&
        isOn(op, earlier.revision);
      return same ? "unchanged" : "refused";
    }
    const groups = world.get(op.who)?.groups ?? [];
    if (phase !== "pending" || over(now) || op.which !== "current") return "refused";
    // Whoever edited it can stop it, unless it is their own.
    const edited = edits.some((one) => one.op.who === op.who) && !tied.includes(op.who);
    const isBarred = barred.has(op.who) && !(edited && op.verdict !== "approve");
    if (spokenFor(op.who, world, isBarred).length === 0 || !strong(op.assurance)) return "refused";
    if (standing(world).some(({ who }) => who === op.who)) return "refused";
    if (op.verdict !== "approve" && op.comment === null) return "refused";
    const seen = seenBy(op.who);
    if (op.verdict === "approve" && !sawAll(seen)) return "refused";
    votes.push({ op, groups, revision, seen });
    if (op.verdict === "deny") return end("denied");
    if (op.verdict === "request_changes") return end("changes_requested");
    if (enough(world)) {
      phase = "approved";
      yesAt = now;
      lapse = now + asked.validMs;
    }
    return "moved";
  };

  const step = (op: Op, now: number, world: ReadonlyMap<string, Person>): string => {
    switch (op.op) {
      case "verdict":
        return vote(op, now, world);
      case "override":
        return edit(op, now, world);
      case "reveal":
        if (op.which !== "current") return "refused";
        reveals.push({ who: op.who, field: op.field, on: revision });
        return "moved";
      case "expire":
        if (running !== null || (phase !== "pending" && phase !== "approved")) return "unchanged";
        return over(now) ? end("expired") : "unchanged";
      case "cancel":
        return over(now) || waits !== op.caller ? "refused" : end("cancelled");
      case "detach":
        if (waits !== op.caller || running !== null) return "unchanged";
        waits = null;
        return "moved";
      case "attach":
        if (over(now) || waits !== null) return "refused";
        waits = op.caller;
        for (const who of op.bars) barred.add(who);
        return "moved";
      case "edit":
        if (over(now)) return "refused";
        revision += 1;
        return pendAgain(now);
      case "tighten":
        if (over(now)) return "refused";
        asked = tighten(asked, op.tighter);
        if (phase === "pending") deadline = Math.min(deadline, now + asked.ttlMs);
        else if (!enough(world)) return pendAgain(now);
        else lapse = Math.min(lapse ?? 0, yesAt + asked.validMs);
        return "moved";
      case "void":
        return over(now) ? "refused" : end("voided");
      case "claim": {
        if (over(now) || phase !== "approved" || waits !== op.caller) return "refused";
        if (op.which !== "current") return "refused";
        const stricter = op.tighter === null ? asked : tighten(asked, op.tighter);
        if (now >= yesAt + stricter.validMs) return "refused";
        asked = stricter;
        if (!enough(world)) return pendAgain(now);
        lapse = Math.min(lapse ?? 0, yesAt + asked.validMs);
        running = "claimed";
        return "moved";
      }
      case "outcome":
        if (running === op.state) return "unchanged";
        if (running === "executed_uncommitted" ? op.state === "failed" : running !== "claimed") {
          return "refused";
        }
        if (running === "claimed" && op.state === "rolled_back") return "refused";
        running = op.state;
        if (running !== "executed_uncommitted") waits = null;
        return "moved";
      case "wait":
      case "regroup":
      case "forget":
        return assert.fail("not an event of the review");
    }
  };
  const view = (): View => ({
    phase,
    running,
    waits,
    revision,
    votes: votes.length,
    edits: edits.length,
    reveals: reveals.length,
    barred: [...barred].map(personId).toSorted(),
    until: phase === "pending" ? deadline : lapse,
  });
  return { step, view };
}
