import { visible } from "@countersign/sdk/visible";
import type { ReviewDetail } from "@countersign/sdk/wire";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useLive } from "../api/live.tsx";
import { PageHeading } from "../shell/page-heading.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { ReviewState } from "../text/state-word.tsx";
import { TimeLeft } from "../text/time-left.tsx";
import { AskedCommand } from "./asked-command.tsx";
import { isProduction, obstacles } from "./decidable.ts";
import { DecisionBar } from "./decision-bar.tsx";
import { Edits } from "./edits.tsx";
import { factsInWords } from "./facts-in-words.ts";
import { ChangedNotice, UnsentComment, Verdicts } from "./notices.tsx";
import { OutcomeNotice } from "./outcome.tsx";
import { Proof } from "./proof.tsx";
import styles from "./review.module.css";
import { ReviewAside } from "./review-aside.tsx";
import { useDue } from "./use-due.ts";
import { useShownReview } from "./use-shown-review.ts";
import { isShownAtOnce } from "./whole.ts";

export function ReviewBody({ latest }: { readonly latest: ReviewDetail }) {
  const { shown, changes, showChanged } = useShownReview(latest);
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
  return (
    <>
      <article className={styles.review} data-open={isOpen || undefined}>
        <div className={styles.main}>
          <Header review={shown} />
          {hasChanged && <ChangedNotice changes={changes} onShow={showChanged} />}
          {!isOpen && <OutcomeNotice review={shown} isNew={wasOpen} />}
          {isUnsent && <UnsentComment text={unsent} />}
          {!isOpen && <GivenVerdicts verdicts={shown.verdicts} />}
          <AskedCommand
            review={shown}
            isWhollyShown={isWhollyShown}
            onShowAll={() => setShownDigest(shown.digest)}
          />
          <Edits overrides={shown.overrides} asked={shown.asked} />
          <Facts review={shown} />
          {isOpen && <GivenVerdicts verdicts={shown.verdicts} />}
          {!isOpen && <Proof actionId={shown.actionId} />}
        </div>
        <ReviewAside review={shown} />
      </article>
      {isOpen && (
        <DecisionBar
          review={shown}
          draft={draft}
          obstacles={obstacles({
            review: shown,
            stream,
            hasChanged,
            isWhollyShown,
            isDue,
          })}
        />
      )}
    </>
  );
}

function Header({ review }: { readonly review: ReviewDetail }) {
  const { principal, onBehalfOf, connection, environment } = review;
  return (
    <header className={styles.header}>
      <p className={styles.crumb}>
        <Link to="/">Inbox</Link>
        <span aria-hidden="true">/</span>
        <ReviewState state={review.state} />
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
        asks to run this on{" "}
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

function Facts({ review }: { readonly review: ReviewDetail }) {
  const facts = factsInWords(review.facts);
  if (facts.length === 0) return null;
  return (
    <section className={styles.section} aria-labelledby="facts">
      <h2 id="facts">What it does</h2>
      <dl className={styles.facts}>
        {facts.map(({ name, text, isLoud }) => (
          <div key={name} data-loud={isLoud || undefined}>
            <dt>{name}</dt>
            <dd>
              <ShownText text={text} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
