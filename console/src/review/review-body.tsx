import { masksText } from "@countersign/sdk/masks-text";
import { visible } from "@countersign/sdk/visible";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { CatchBoundary, Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useLive } from "../api/live.tsx";
import { useEditing } from "../edit/use-editing.ts";
import { MaskedFields } from "../masked/masked-fields.tsx";
import { useReveal } from "../masked/use-reveal.ts";
import { PageFailure } from "../shell/page-failure.tsx";
import { PageHeading } from "../shell/page-heading.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { ReviewState } from "../text/state-word.tsx";
import { TimeLeft } from "../text/time-left.tsx";
import { AgentReason } from "./agent-reason.tsx";
import { AskedCommand } from "./asked-command.tsx";
import { Beware, ReadBefore, ToolFlags } from "./called.tsx";
import { isProduction, obstacles } from "./decidable.ts";
import { DecisionBar } from "./decision-bar.tsx";
import { OwnEdit, UnsentEdit } from "./edit-notices.tsx";
import { Edits } from "./edits.tsx";
import { EffectRow, RowLimitRow } from "./effect-row.tsx";
import { factsInWords } from "./facts-in-words.ts";
import { MasksRow } from "./facts-list.tsx";
import { LoadedDataSection } from "./loaded-data.tsx";
import { ChangedNotice, ReopenedNotice, UnsentComment, Verdicts } from "./notices.tsx";
import { OutcomeNotice } from "./outcome.tsx";
import { Proof } from "./proof.tsx";
import styles from "./review.module.css";
import { ReviewAside } from "./review-aside.tsx";
import { SampleSection } from "./sample-section.tsx";
import { TouchedRow } from "./touched-row.tsx";
import { TransactionRow } from "./transaction-row.tsx";
import { useDue } from "./use-due.ts";
import { useShownReview } from "./use-shown-review.ts";
import { isShownAtOnce } from "./whole.ts";

const EditReview = lazy(async () => ({
  default: (await import("../edit/edit-review.tsx")).EditReview,
}));

const ofData = ["data"] as const;
const ofReason = ["agentReason"] as const;

export function ReviewBody({ latest }: { readonly latest: ReviewDetail }) {
  const editing = useEditing();
  const { shown, changes, showChanged } = useShownReview(latest, editing.isOwn);
  const revealing = useReveal(shown);
  const [wasOpen] = useState(latest.state === "pending");
  const draft = useState("");
  const unsent = draft[0].trim();
  // Of this very content: a changed command has to be shown anew.
  const [shownDigest, setShownDigest] = useState<string | null>(null);
  const { state: stream } = useLive();
  const isDue = useDue(shown);
  const isWhollyShown = isShownAtOnce(shown) || shownDigest === shown.digest;
  const hasChanged = changes.length > 0;
  const isUnsent =
    shown.state !== "pending" &&
    unsent !== "" &&
    // The answer to one's own verdict may come later than what it changed.
    !shown.verdicts.some(({ comment }) => comment === unsent);
  const isOpen = shown.state === "pending";
  const isEditing = isOpen && editing.step(shown) !== "closed";
  // Where it was open once, the focus goes back to what opened it.
  const [wasEditing, setWasEditing] = useState(false);
  const own = editing.own(shown);
  const found = obstacles({ review: shown, stream, hasChanged, isWhollyShown, isDue });
  return (
    <>
      <article className={styles.review} data-open={isOpen || undefined}>
        <div className={styles.main}>
          <Header review={shown} />
          {hasChanged && (
            <ChangedNotice
              changes={changes}
              note={latest.note === shown.note ? null : latest.note}
              onShow={showChanged}
            />
          )}
          {isOpen && whyAgain(shown) !== null && <ReopenedNotice note={whyAgain(shown) ?? ""} />}
          {!isOpen && <OutcomeNotice review={shown} isNew={wasOpen} />}
          {own !== null && <OwnEdit review={shown} edit={own} />}
          {isUnsent && <UnsentComment text={unsent} />}
          {!isOpen && editing.isUnsent(shown) && <UnsentEdit draft={editing.draft} />}
          {!isOpen && <GivenVerdicts verdicts={shown.verdicts} />}
          {(!isEditing || !isWhollyShown) && (
            <AskedCommand
              review={shown}
              revealing={revealing}
              isWhollyShown={isWhollyShown}
              onShowAll={() => setShownDigest(shown.digest)}
            />
          )}
          <ToolFlags flags={shown.flags} />
          <ReadBefore reads={shown.reads} />
          <LoadedDataSection data={shown.data} masked={shown.masked}>
            <MaskedFields review={shown} of={ofData} revealing={revealing} name="the data" />
          </LoadedDataSection>
          <AgentReason reason={shown.agentReason} masked={shown.masked}>
            <MaskedFields review={shown} of={ofReason} revealing={revealing} name="its reason" />
          </AgentReason>
          {isEditing && (
            <CatchBoundary
              getResetKey={() => shown.digest}
              errorComponent={({ error }) => (
                <PageFailure
                  error={error}
                  title="The editor can’t be shown"
                  isPart
                  reset={editing.close}
                />
              )}
            >
              <Suspense fallback={<p role="status">The editor is loading …</p>}>
                <EditReview review={shown} editing={editing} obstacle={found.edit} />
              </Suspense>
            </CatchBoundary>
          )}
          <Edits review={shown} revealing={revealing} />
          <Facts
            review={shown}
            title={isEditing ? "What it does without your edit" : "What it does"}
          />
          <SampleSection effect={shown.effect} />
          {isOpen && <GivenVerdicts verdicts={shown.verdicts} />}
          {!isOpen && <Proof actionId={shown.actionId} />}
        </div>
        <ReviewAside review={shown} />
      </article>
      {isOpen && !isEditing && (
        <DecisionBar
          review={shown}
          draft={draft}
          obstacles={found}
          isBackFromEdit={wasEditing && own === null}
          onEdit={() => {
            setWasEditing(true);
            editing.open(shown);
          }}
        />
      )}
    </>
  );
}

/** What an editor did is told with the edits. */
function whyAgain({ note, revision, overrides }: ReviewDetail): string | null {
  return overrides.at(-1)?.revision === revision ? null : note;
}

function Header({ review }: { readonly review: ReviewDetail }) {
  const { principal, onBehalfOf, connection, environment } = review;
  return (
    <header className={styles.header}>
      <p className={styles.crumb}>
        <Link to="/">Inbox</Link>
        <span aria-hidden="true">/</span>
        <ReviewState state={review.state} voidedBy={review.voidedBy} />
        {review.state === "pending" && <TimeLeft until={review.expiresAt} />}
      </p>
      <PageHeading title={visible(review.headline)}>
        <ShownText text={review.headline} />
      </PageHeading>
      <p className={styles.lead}>
        {principal.kind === "agent" ? "Agent " : ""}
        <strong>
          <ShownText text={principal.name} />
        </strong>
        {onBehalfOf !== null && (
          <>
            , acting for{" "}
            <strong>
              <ShownText text={onBehalfOf} />
            </strong>
            ,
          </>
        )}{" "}
        {review.state === "pending" ? "asks" : "asked"} to run this on{" "}
        <strong>
          <ShownText text={connection} />
        </strong>{" "}
        in{" "}
        {isProduction(environment) ? (
          <strong className={styles.production}>
            <ShownText text={environment} />
          </strong>
        ) : (
          <ShownText text={environment} />
        )}
        .
      </p>
      <Beware review={review} />
    </header>
  );
}

function GivenVerdicts({ verdicts }: Pick<ReviewDetail, "verdicts">) {
  if (verdicts.length === 0) return null;
  return (
    <section className={styles.section} aria-labelledby="verdicts">
      <h2 id="verdicts">Verdicts</h2>
      <Verdicts verdicts={verdicts} />
    </section>
  );
}

function Facts({ review, title }: { readonly review: ReviewDetail; readonly title: string }) {
  const facts = factsInWords(review.facts);
  const { effect, rowLimit, touched, transaction } = review;
  const masks = masksText(review.masks);
  if (
    facts.length === 0 &&
    masks === "" &&
    [effect, rowLimit, touched, transaction].every((each) => each === null)
  ) {
    return null;
  }
  return (
    <section className={styles.section} aria-labelledby="facts">
      <h2 id="facts">{title}</h2>
      <dl className={styles.facts}>
        <EffectRow review={review} />
        <RowLimitRow review={review} />
        <TouchedRow review={review} />
        <TransactionRow review={review} />
        {facts.map(({ name, text, isLoud }) => (
          <div key={name} data-loud={isLoud || undefined}>
            <dt>{name}</dt>
            <dd>
              <ShownText text={text} />
            </dd>
          </div>
        ))}
        <MasksRow masks={masks} />
        {review.facts.family === "mcp" && review.facts.method === "tools/call" && (
          <div>
            <dt>Its tool</dt>
            <dd>
              <Link
                to="/connections/$name/tool"
                params={{ name: review.connection }}
                search={{ tool: review.facts.name }}
              >
                {review.facts.definition === "changed"
                  ? "What has changed in its definition"
                  : "How it is defined"}
              </Link>
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
}
