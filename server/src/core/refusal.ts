/**
 * What an agent hears when its action does not simply run: a stable code and a sentence.
 *
 * Every protocol carries the same codes, so that an agent needs to learn them once.
 */
export const refusalCodes = {
  already_executed: "The approved action has run before; an approval is used once.",
  argument_mistyped: "A rule is about an argument that is not of the type that it takes it for.",
  changes_requested: "A reviewer asks for changes; propose the changed action.",
  data_not_kept:
    "The gateway can't keep the data to be loaded while people are asked; try again later.",
  data_too_large: "The data to be loaded is more than the gateway keeps for a review.",
  definition_rejected:
    "A person has rejected how the tool is defined; nothing of it runs until that is taken back.",
  denied_by_policy: "Policy denies this action. This is final: no one can approve it.",
  denied_by_reviewer: "A reviewer denied this action.",
  outcome_unknown: "The action may or may not have run; a person has to look.",
  override_failed: "A reviewer's edit was to run instead, and could not; nothing was done.",
  overridden: "A reviewer ran an edited action instead.",
  pending_review: "The action waits for a person.",
  recording_failed: "The gateway could not record the action, so it did nothing.",
  review_cancelled: "The wait was cancelled before a person decided.",
  review_expired: "Nobody decided in time.",
  rows_exceeded: "The action touched more rows than it may, so it was undone.",
  rows_uncounted: "A rule limits the rows of this action, and how many it touches is not told.",
  session_changed: "The session changed while the action waited; it needs a new look.",
  too_many_reviews: "Too many actions of this principal wait for a person already.",
  upstream_unreachable: "The upstream could not be reached.",
} as const;

export type RefusalCode = keyof typeof refusalCodes;

/** When proposing the same action again makes sense. */
export type Retry = "never" | "after_change" | "after_review" | "later";

export interface Refusal {
  readonly code: RefusalCode;
  /** One sentence for the agent and the person behind it. */
  readonly message: string;
  /** The reviewer's or the policy's own words. */
  readonly reason: string | null;
  readonly review: string | null;
  readonly url: string | null;
  readonly retry: Retry;
}
