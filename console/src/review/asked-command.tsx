/** What exactly would run. */
import { cautions } from "@countersign/sdk/visible";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { Button } from "@mantine/core";
import { useMemo } from "react";
import { CallView } from "../call/call-view.tsx";
import { MaskedFields } from "../masked/masked-fields.tsx";
import { spansOf } from "../masked/masked-parts.ts";
import type { Revealing } from "../masked/use-reveal.ts";
import { blankStretch } from "../text/blank-stretch.ts";
import { CommandView } from "../text/command-view.tsx";
import { shownPart } from "../text/shown-part.ts";
import { Sign } from "../text/sign.tsx";
import { Parameters } from "./parameters.tsx";
import styles from "./review.module.css";
import { sizeText } from "./whole.ts";

const ofCommand = ["command", "parameters"] as const;

export function AskedCommand({
  review,
  revealing,
  isWhollyShown,
  onShowAll,
}: {
  readonly review: ReviewDetail;
  readonly revealing: Revealing;
  readonly isWhollyShown: boolean;
  readonly onShowAll: () => void;
}) {
  const { command, parameters, masked, facts } = review;
  const what = facts.family === "mcp" ? "call" : "command";
  const spans = useMemo(() => spansOf({ masked }, "command"), [masked]);
  const spansOfValue = useMemo(
    () => parameters.map((_, at) => spansOf({ masked }, "parameters", [at])),
    [masked, parameters],
  );
  const notes = useMemo(() => {
    const all = [command, ...parameters.map(({ text }) => text ?? "")].join("\n");
    const stretch = blankStretch(command);
    const hidden = cautions(all, "line feeds and tabs");
    return stretch === null ? hidden : [stretch, ...hidden];
  }, [command, parameters]);
  return (
    <section className={styles.section} aria-labelledby="command">
      <h2 id="command">The {what}</h2>
      {notes.map((note) => (
        <p key={note} className={styles.caution}>
          <Sign name="warning" /> {note}
        </p>
      ))}
      {!isWhollyShown && (
        <div className={styles.part}>
          <p>Only the beginning is on the screen.</p>
          <Button className={styles.noticeButton} onClick={onShowAll}>
            Show all {sizeText(review)}
          </Button>
        </div>
      )}
      {facts.family === "mcp" ? (
        <CallView label="The call" command={command} masked={spans} isWhole={isWhollyShown} />
      ) : (
        <CommandView
          label="The command"
          text={isWhollyShown ? command : shownPart(command)}
          masked={spans}
        />
      )}
      {parameters.length > 0 && (
        <>
          <h3>With these values</h3>
          <Parameters parameters={parameters} isAllShown={isWhollyShown} masked={spansOfValue} />
        </>
      )}
      <MaskedFields review={review} of={ofCommand} revealing={revealing} name={`the ${what}`} />
    </section>
  );
}
