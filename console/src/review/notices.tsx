/** What happened to a review while it was on the screen. */
import { approvedRowsText } from "@countersign/sdk/effect-text";
import { entitiesText } from "@countersign/sdk/entity-text";
import type { GivenVerdict, ReviewDetail } from "@countersign/sdk/wire/review";
import { Button } from "@mantine/core";
import { useEffect } from "react";
import { useAnnounce } from "../shell/announcer.tsx";
import { CopyLine } from "../text/copy-line.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { dateTime } from "../text/times.ts";
import styles from "./review.module.css";
import type { Change } from "./terms.ts";

const changeCharsMax = 600;

export function ChangedNotice({
  changes,
  note,
  onShow,
}: {
  readonly changes: readonly Change[];
  /** Why, where somebody or something says so. */
  readonly note: string | null;
  readonly onShow: () => void;
}) {
  const announce = useAnnounce();
  useEffect(() => {
    announce("The review has changed while you read it. Deciding is blocked.");
  }, [announce]);
  return (
    <section className={styles.notice} data-tone="amber" aria-label="The review has changed">
      <h2>It has changed while you read it</h2>
      {note !== null && (
        <p>
          <ShownText text={note} />
        </p>
      )}
      <Changes changes={changes} />
      <Button className={styles.noticeButton} onClick={onShow}>
        Show the changed review
      </Button>
    </section>
  );
}

export function Changes({ changes }: { readonly changes: readonly Change[] }) {
  return (
    <dl className={styles.changes}>
      {changes.map(({ what, from, to }) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd>
            <del>
              <ShownText text={cut(from)} />
            </del>{" "}
            <span className={styles.arrow}>becomes</span>{" "}
            <ins>
              <ShownText text={cut(to)} />
            </ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** It was decided, or about to run, and waits for people once more. */
export function ReopenedNotice({ note }: { readonly note: string }) {
  return (
    <section className={styles.notice} data-tone="amber" aria-label="Why it waits again">
      <h2>It needs a new look</h2>
      <p>
        <ShownText text={note} />
      </p>
    </section>
  );
}

/** The review itself shows all of it. */
function cut(text: string): string {
  return text.length > changeCharsMax
    ? `${text.slice(0, changeCharsMax).replace(/[\ud800-\udbff]$/, "")} …`
    : text;
}

/** It was decided before the reader had sent what they wrote. */
export function UnsentComment({ text }: { readonly text: string }) {
  return (
    <section className={styles.notice} data-tone="quiet" aria-label="Your comment">
      <h2>Your comment was not sent</h2>
      <CopyLine text={text} name="your comment" />
    </section>
  );
}

export function Verdicts({ verdicts }: Pick<ReviewDetail, "verdicts">) {
  return (
    <ol className={styles.verdicts}>
      {verdicts.map((verdict) => (
        <li key={`${verdict.at} ${verdict.person}`}>
          <p>
            <strong>
              <ShownText text={verdict.person} />
            </strong>{" "}
            {verdictWords[verdict.kind]}
            {approvedRowsText(verdict) !== null && `, ${approvedRowsText(verdict)}`}
            {verdict.revealed.length > 0 && `, having revealed: ${entitiesText(verdict.revealed)}`}{" "}
            <time dateTime={verdict.at} className={styles.quiet}>
              {dateTime(verdict.at)}
            </time>
            {!verdict.counts && <span className={styles.quiet}> It does not count any more.</span>}
          </p>
          {verdict.comment !== null && (
            <blockquote className={styles.comment}>
              <CommentText text={verdict.comment} />
            </blockquote>
          )}
        </li>
      ))}
    </ol>
  );
}

function CommentText({ text }: { readonly text: string }) {
  return text.split("\n").map((line, index) => (
    <p key={index}>
      <ShownText text={line} />
    </p>
  ));
}

const verdictWords: Readonly<Record<GivenVerdict["kind"], string>> = {
  approve: "approved it",
  deny: "denied it",
  request_changes: "asked for changes",
};
