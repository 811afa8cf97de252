/** One action, and everything that explains what became of it. */

import { masksText } from "@countersign/sdk/masks-text";
import { cautions, visible } from "@countersign/sdk/visible";
import type { ActionDetail } from "@countersign/sdk/wire/action";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { CallView } from "../call/call-view.tsx";
import { spansOf } from "../masked/masked-parts.ts";
import { AgentReason } from "../review/agent-reason.tsx";
import { FactsList } from "../review/facts-list.tsx";
import { LoadedDataSection } from "../review/loaded-data.tsx";
import { Parameters } from "../review/parameters.tsx";
import { Proof } from "../review/proof.tsx";
import styles from "../review/review.module.css";
import { PageHeading } from "../shell/page-heading.tsx";
import { Ago } from "../text/ago.tsx";
import { CommandView } from "../text/command-view.tsx";
import { ShownText } from "../text/shown-text.tsx";
import { Sign } from "../text/sign.tsx";
import { ActionAside } from "./action-aside.tsx";
import { DecisionWord } from "./decision-word.tsx";
import { Explanation } from "./explanation-notice.tsx";
import { outcomeAdvice, outcomeWords } from "./outcome.ts";

export function ActionBody({ action }: { readonly action: ActionDetail }) {
  return (
    <article className={styles.review}>
      <div className={styles.main}>
        <Header action={action} />
        <Explanation action={action} />
        <Outcome action={action} />
        {action.command === null ? (
          <section className={styles.section} aria-labelledby="command">
            <h2 id="command">The command</h2>
            <p>
              What this action said was erased for good: its command, its values and who asked on
              whose behalf. The records below still prove that it was decided, and how.
            </p>
          </section>
        ) : (
          <Command command={action.command} action={action} />
        )}
        <LoadedDataSection data={action.data} masked={action.masked} />
        <AgentReason reason={action.agentReason} masked={action.masked} />
        {action.facts !== null && (
          <section className={styles.section} aria-labelledby="facts">
            <h2 id="facts">What it does</h2>
            <FactsList facts={action.facts} masks={masksText(action.masks)} />
          </section>
        )}
        <Proof actionId={action.id} />
      </div>
      <ActionAside action={action} />
    </article>
  );
}

function Header({ action }: { readonly action: ActionDetail }) {
  const { principal, onBehalfOf, connection, environment } = action;
  return (
    <header className={styles.header}>
      <p className={styles.crumb}>
        <Link to="/history">History</Link>
        <span aria-hidden="true">/</span>
        <DecisionWord decision={action.decision} reviewState={action.reviewState} />
        <Ago at={action.at} />
      </p>
      <PageHeading title={visible(action.headline)}>
        <ShownText text={action.headline} />
      </PageHeading>
      <p className={styles.lead}>
        {principal.name === "" ? (
          "Somebody whose name was erased"
        ) : (
          <>
            {principal.kind === "agent" ? "Agent " : ""}
            <strong>
              <ShownText text={principal.name} />
            </strong>
          </>
        )}
        {onBehalfOf !== null && (
          <>
            , acting for{" "}
            <strong>
              <ShownText text={onBehalfOf} />
            </strong>
            ,
          </>
        )}{" "}
        asked to run this on{" "}
        <strong>
          <ShownText text={connection} />
        </strong>{" "}
        in <ShownText text={environment} />.
      </p>
    </header>
  );
}

function Outcome({ action }: { readonly action: ActionDetail }) {
  const { text, tone } = outcomeWords(action);
  const advice = outcomeAdvice(action);
  return (
    <section className={styles.section} aria-labelledby="outcome">
      <h2 id="outcome">What came of it</h2>
      <p>
        <strong data-tone={tone}>
          <ShownText text={`${text.charAt(0).toUpperCase()}${text.slice(1)}`} />
        </strong>
        {advice !== null && <>. {advice}</>}
      </p>
      {action.reviewId !== null && (
        <p>
          <Link to="/reviews/$id" params={{ id: action.reviewId }}>
            See its review
          </Link>
        </p>
      )}
    </section>
  );
}

function Command({
  command,
  action: { parameters, masked, reviewId, facts },
}: {
  readonly command: string;
  readonly action: ActionDetail;
}) {
  const isCall = facts?.family === "mcp";
  const spans = useMemo(() => spansOf({ masked }, "command"), [masked]);
  const spansOfValue = useMemo(
    () => parameters.map((_, at) => spansOf({ masked }, "parameters", [at])),
    [masked, parameters],
  );
  const notes = useMemo(
    () =>
      cautions(
        [command, ...parameters.map(({ text }) => text ?? "")].join("\n"),
        "line feeds and tabs",
      ),
    [command, parameters],
  );
  return (
    <section className={styles.section} aria-labelledby="command">
      <h2 id="command">{isCall ? "The call" : "The command"}</h2>
      {notes.map((note) => (
        <p key={note} className={styles.caution}>
          <Sign name="warning" /> {note}
        </p>
      ))}
      {isCall ? (
        <CallView label="The call" command={command} masked={spans} />
      ) : (
        <CommandView label="The command" text={command} masked={spans} />
      )}
      {parameters.length > 0 && (
        <>
          <h3>With these values</h3>
          <Parameters parameters={parameters} isAllShown masked={spansOfValue} />
        </>
      )}
      {masked.length > 0 && (
        <p className={styles.quiet}>
          Sensitive values are masked
          {reviewId === null ? "." : "; in its review, whoever may can reveal them."}
        </p>
      )}
    </section>
  );
}
