import { callLines } from "@countersign/sdk/call-tree";
import { cautions } from "@countersign/sdk/visible";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import { useApi } from "../api/api-context.tsx";
import { statusQuery } from "../api/queries.ts";
import { useAnnounce } from "../shell/announcer.tsx";
import { blankStretch } from "../text/blank-stretch.ts";
import { CommandView } from "../text/command-view.tsx";
import { DifferenceView } from "../text/difference-view.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { Sign } from "../text/sign.tsx";
import styles from "./edit.module.css";
import {
  changedParameters,
  type EditDraft,
  type EditedParameter,
  editedCommand,
  editedValue,
} from "./edit-draft.ts";

export function EditDifference({
  draft,
  review,
}: {
  readonly draft: EditDraft;
  readonly review: ReviewDetail;
}) {
  const command = editedCommand(draft, review);
  const parameters = changedParameters(draft, review);
  const heading = useRef<HTMLHeadingElement>(null);
  const announce = useAnnounce();
  useEffect(() => {
    heading.current?.focus();
    announce("The difference. Nothing is sent yet.");
  }, [announce]);
  const notes = useMemo(() => {
    const values = review.parameters.map((_, index) => editedValue(draft, review, index) ?? "");
    const stretch = blankStretch(command);
    return [...(stretch === null ? [] : [stretch]), ...cautions([command, ...values].join("\n"))];
  }, [command, draft, review]);
  return (
    <section className={styles.section} aria-labelledby="difference">
      <h2 id="difference" ref={heading} tabIndex={-1}>
        The difference
      </h2>
      {notes.map((note) => (
        <p key={note} className={styles.caution}>
          <Sign name="warning" /> {note}
        </p>
      ))}
      {command === review.command ? (
        <>
          <p className={styles.quiet}>The command stays as it is.</p>
          <CommandView label="The command" text={command} />
        </>
      ) : (
        <>
          <p className={styles.legend}>
            <span data-kind="removed">what waits</span>
            <span data-kind="added">your edit</span>
          </p>
          <DifferenceView
            label="The command, before and after"
            before={linesOf(review, review.command)}
            after={linesOf(review, command)}
          />
        </>
      )}
      {parameters.length > 0 && (
        <>
          <h3>Values</h3>
          <dl className={styles.valueChanges}>
            {parameters.map((parameter) => (
              <ValueChange key={parameter.index} {...parameter} />
            ))}
          </dl>
        </>
      )}
      <div className={styles.reasonShown}>
        <h3>Your reason</h3>
        <blockquote>
          {draft.reason
            .trim()
            .split("\n")
            .map((line, index) => (
              <p key={index}>
                <ShownText text={line} />
              </p>
            ))}
        </blockquote>
      </div>
      <Next review={review} />
    </section>
  );
}

/** Of a call a value in each line. */
function linesOf({ facts }: ReviewDetail, command: string): string {
  return (facts.family === "mcp" ? callLines(command)?.join("\n") : null) ?? command;
}

function ValueChange({ index, before, after }: EditedParameter) {
  const [was, is] = [before.text, after?.text ?? null];
  return (
    <div>
      <dt>
        <code>${index + 1}</code>
        {after === null && <span className={styles.quiet}> is used no more</span>}
      </dt>
      <dd>
        {was !== null && is !== null ? (
          <DifferenceView
            label={`Value of $${index + 1}, before and after`}
            before={was}
            after={is}
          />
        ) : (
          <>
            <OneSide text={was} side="removed" index={index} />
            {after !== null && <OneSide text={is} side="added" index={index} />}
          </>
        )}
      </dd>
    </div>
  );
}

/** NULL is no text, so there is nothing to compare. */
function OneSide({
  text,
  side,
  index,
}: {
  readonly text: string | null;
  readonly side: "removed" | "added";
  readonly index: number;
}) {
  const Tag = side === "removed" ? "del" : "ins";
  return (
    <Tag className={styles.side} data-kind={side}>
      {text === null ? (
        <em>NULL</em>
      ) : (
        <CommandView plain label={`Value of $${index + 1}, ${sideWords[side]}`} text={text} />
      )}
    </Tag>
  );
}

const sideWords = { removed: "before", added: "after" };

function Next({ review }: { readonly review: ReviewDetail }) {
  const { background } = useApi();
  const { data: status } = useQuery(statusQuery(background));
  const { kind, name } = review.principal;
  const hasApprovals = review.verdicts.some(
    (verdict) => verdict.kind === "approve" && verdict.counts,
  );
  return (
    <div className={styles.next}>
      <h3>What happens when you send it</h3>
      <ol>
        <li>
          Policy judges your edit anew, for {kind === "agent" ? "agent " : ""}
          <ShownText text={name} /> and for you. What it denies does not take effect.
        </li>
        <li>
          Then it waits in place of what was sent
          {hasApprovals ? ", and approvals that were given for that count no more" : ""}. Once it is
          approved, <strong>it runs instead</strong>.
        </li>
        <li>
          {review.facts.family === "mcp" ? (
            "What fewer or smaller arguments do only the tool knows: others have to approve it, and you can’t."
          ) : (
            <>
              <strong>If it provably narrows</strong>, such as by one more condition, it counts as
              your approval, and may run at once. The gateway decides that. If not, others have to
              approve it, and you can’t.
            </>
          )}
          {status?.quickstart === true &&
            " The quickstart has nobody else: then you can only deny it or ask for changes."}
        </li>
        <li>The agent is told that you edited it, why, and what ran.</li>
      </ol>
    </div>
  );
}
