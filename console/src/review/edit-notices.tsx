/** What became of the edit of whoever looks at this page. */
import type { GivenOverride, ReviewDetail } from "@countersign/sdk/wire/review";
import { useEffect, useRef } from "react";
import type { EditDraft } from "../edit/edit-draft.ts";
import { useAnnounce } from "../shell/announcer.tsx";
import { CommandView } from "../text/command-view.tsx";
import { CopyButton, CopyLine } from "../text/copy-line.tsx";
import { shownPart } from "../text/shown-part.ts";
import { ShownText } from "../text/shown-text.tsx";
import { StateWord } from "../text/state-word.tsx";
import { missingText } from "./quorum.tsx";
import styles from "./review.module.css";

export function OwnEdit({
  review,
  edit,
}: {
  readonly review: ReviewDetail;
  readonly edit: GivenOverride;
}) {
  const title = edit.narrows
    ? "You edited it, and that counts"
    : "You edited it; others have to approve it";
  const text = ownEditText(review, edit);
  const announce = useAnnounce();
  useEffect(() => announce(`${title}. ${text}`), [announce, title, text]);
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    // The editor that had the focus is gone.
    if (document.activeElement === document.body) section.current?.focus();
  }, []);
  return (
    <section
      ref={section}
      tabIndex={-1}
      className={styles.notice}
      data-tone="accent"
      aria-label="Your edit"
    >
      <h2>
        <StateWord tone="accent" sign={edit.narrows ? "check" : "dots"}>
          {title}
        </StateWord>
      </h2>
      <p>
        <ShownText text={text} />
      </p>
    </section>
  );
}

function ownEditText({ state, quorum }: ReviewDetail, { narrows }: GivenOverride): string {
  if (narrows) {
    const counts =
      "It provably does no more than what stood there, so it is your approval as well.";
    return state === "pending" ? `${counts} It still needs ${missingText(quorum)}.` : counts;
  }
  const not = "It is not proven to do less than what stood there, so it is no approval of yours.";
  return state === "pending"
    ? `${not} It waits in place of what the agent sent, and needs ${missingText(quorum)}.`
    : not;
}

/** It was decided before the reader had sent what they wrote. */
export function UnsentEdit({ draft: { command, reason } }: { readonly draft: EditDraft }) {
  const words = reason.trim();
  return (
    <section className={styles.notice} data-tone="quiet" aria-label="Your unsent edit">
      <h2>Your edit was not sent</h2>
      {command !== null && (
        <>
          <CommandView label="What you wrote" text={shownPart(command)} />
          <p>
            <CopyButton text={command} name="what you wrote" />
          </p>
        </>
      )}
      {words !== "" && <CopyLine text={words} name="your reason" />}
    </section>
  );
}
