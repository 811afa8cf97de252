/**
 * Who may vote on a review, and whose votes still count (SEMANTICS §5).
 *
 * Guarantees that nobody decides on what they asked for or answer for. Being an administrator is not an
 * argument here, so that there can be no exception for one.
 */
import type { PersonId } from "#/core/ids.ts";
import { assuranceMeets, type Person } from "#/core/principal.ts";
import type { Review, Verdict } from "#/core/review.ts";
import { type PeopleLookup, type Refused, refused, type Speaker } from "./event.ts";
import type { Approval } from "./quorum.ts";
import { unrevealed } from "./reveal.ts";

/** Why this person can't vote, or null. */
export function ineligible(
  review: Review,
  { person: id, assurance, vouchers }: Speaker,
  people: PeopleLookup,
): Refused | null {
  const person = people(id);
  if (review.barred.includes(id)) {
    return refused("review.requester", person === null ? undefined : whyBarred(review, person));
  }
  if (person === null)
    return refused("review.not_eligible", "Nobody is known under this identity.");
  const voucher = vouchers.find((each) => review.barred.includes(each));
  if (voucher !== undefined) {
    const maker = people(voucher)?.name ?? "somebody";
    return refused(
      "review.requester",
      `${person.name} signed in by a link of ${maker}, who can't decide on this action. Sign in by a link that somebody else made.`,
    );
  }
  if (person.since > review.openedAt) {
    return refused(
      "review.not_eligible",
      `The account of ${person.name} was made after the review opened.`,
    );
  }
  if (!review.obligations.quorum.some(({ group }) => person.groups.includes(group))) {
    const asked = review.obligations.quorum.map(({ group }) => group).join(", ");
    return refused(
      "review.not_eligible",
      `${person.name} is in none of the groups that are asked: ${asked}.`,
    );
  }
  if (!assuranceMeets(assurance, review.obligations.assurance)) {
    return refused(
      "review.insufficient_assurance",
      `This review needs a verdict of assurance ${review.obligations.assurance}; this one has ${assurance}.`,
    );
  }
  return null;
}

/**
 * The review as somebody sees it who only says no: having edited it bars nobody from stopping it, because an
 * end can't be what a second pair of eyes was to prevent. Whoever asked for the action stays barred.
 */
export function asRefused(review: Review, { person: id }: Speaker): Review {
  const { onBehalfOf, people } = review.action.principal;
  const hasEdited = review.overrides.some(({ person }) => person.id === id);
  if (!hasEdited || people.includes(id) || onBehalfOf?.id === id) return review;
  return { ...review, barred: review.barred.filter((each) => each !== id) };
}

/** What ties this person to the action, as far as its principal tells. */
function whyBarred({ action, overrides }: Review, { id, name }: Person): string {
  const { kind, name: asking, onBehalfOf, people } = action.principal;
  if (onBehalfOf?.id === id) {
    return `${asking} acts for ${name}, so ${name} can't decide on what it asks for.`;
  }
  if (kind === "user" && people.includes(id)) {
    return `${name} asked for this action, so ${name} can't decide on it.`;
  }
  if (people.includes(id)) {
    return `${name} answers for ${kind} ${asking}, so ${name} can't decide on what it asks for.`;
  }
  if (overrides.some(({ person }) => person.id === id)) {
    return `${name} edited this action, so others have to decide on it.`;
  }
  return `${name} answers for a session that has waited for this action, so ${name} can't decide on it.`;
}

/** Whether this person has given a verdict that stands. */
export function hasSpoken(review: Review, id: PersonId, people: PeopleLookup): boolean {
  return review.verdicts.some(
    (verdict) => verdict.person.id === id && stillCounts(review, verdict, people),
  );
}

/** Approvals of exactly this action, with the groups of when they were given. */
export function approvalsGiven(review: Review): readonly Approval[] {
  return review.verdicts
    .filter((verdict) => verdict.kind === "approve" && isOnThisAction(review, verdict))
    .map(({ person, groups }) => ({ person: person.id, groups }));
}

/**
 * Of those, the ones by people who could give them again now. A group counts if the person was in it then
 * and is in it now: nobody can be made to have spoken for a group that they joined later.
 */
export function approvalsThatCount(review: Review, people: PeopleLookup): readonly Approval[] {
  return review.verdicts
    .filter((verdict) => verdict.kind === "approve" && stillCounts(review, verdict, people))
    .map(({ person, groups }) => ({
      person: person.id,
      groups: stillIn(person.id, groups, people),
    }));
}

/** Whether the verdict is on this action, by a person who could give it again now. */
export function stillCounts(review: Review, verdict: Verdict, people: PeopleLookup): boolean {
  const { person, groups, assurance, vouchers } = verdict;
  const spokenFor = stillIn(person.id, groups, people);
  const isUnseen = verdict.kind === "approve" && unrevealed(review.obligations, verdict).length > 0;
  return (
    !isUnseen &&
    isOnThisAction(review, verdict) &&
    ineligible(review, { person: person.id, assurance, vouchers }, people) === null &&
    review.obligations.quorum.some(({ group }) => spokenFor.includes(group))
  );
}

/** The revision is in the digest as well; comparing both costs nothing and needs no trust in the salt. */
export function isOnThisAction(review: Review, verdict: Verdict): boolean {
  return verdict.digest === review.digest && verdict.revision === review.action.revision;
}

function stillIn(id: PersonId, groups: readonly string[], people: PeopleLookup): readonly string[] {
  const current = people(id)?.groups ?? [];
  return groups.filter((group) => current.includes(group));
}
