import { callLine } from "@countersign/sdk/call-tree";
import type { ActionSummary } from "@countersign/sdk/wire/action";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { DecisionWord } from "../actions/decision-word.tsx";
import { outcomeWords } from "../actions/outcome.ts";
import list from "../inbox/inbox.module.css";
import { Ago } from "../text/ago.tsx";
import { firstLine } from "../text/first-line.ts";
import { ShownText } from "../text/shown-text.tsx";
import styles from "./history.module.css";

export const HistoryRow = memo(function HistoryRow({ action }: { readonly action: ActionSummary }) {
  const { principal, onBehalfOf } = action;
  const outcome = outcomeWords(action);
  return (
    <li className={`${list.row} ${styles.row}`}>
      <div className={list.what}>
        <Link to="/actions/$id" params={{ id: action.id }} data-row className={styles.headline}>
          <ShownText text={action.headline} />
        </Link>
        {action.command === null ? (
          <p className={styles.erased}>The command was erased.</p>
        ) : (
          <code className={`${list.command} ${styles.command}`}>
            <ShownText
              text={firstLine(
                action.verb.startsWith("mcp.") ? callLine(action.command) : action.command,
              )}
            />
          </code>
        )}
        <p className={list.who}>
          {principal.name === "" ? "an erased name" : <ShownText text={principal.name} />}
          {onBehalfOf !== null && (
            <>
              {" "}
              for <ShownText text={onBehalfOf} />
            </>
          )}
        </p>
      </div>
      <div className={list.when}>
        <DecisionWord decision={action.decision} reviewState={action.reviewState} />
        <p className={styles.outcome} data-tone={outcome.tone}>
          <ShownText text={outcome.text} />
        </p>
        <p>
          <Ago at={action.at} />
        </p>
      </div>
    </li>
  );
});
