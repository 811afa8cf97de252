import { ClientError } from "@countersign/sdk/client";
import { Button } from "@mantine/core";
import { ShownText } from "../text/shown-text.tsx";
import { PageHeading } from "./page-heading.tsx";
import styles from "./shell.module.css";

/** What can't be shown, why, and what to do. */
export function PageFailure({
  error,
  reset,
  title = "This page can't be shown",
  isPart = false,
}: {
  readonly error: unknown;
  readonly reset?: () => void;
  readonly title?: string;
  /** The page around it has its own heading. */
  readonly isPart?: boolean;
}) {
  return (
    <div className={styles.notice} role="alert">
      {isPart ? <h2>{title}</h2> : <PageHeading title={title} />}
      <p>
        <ShownText text={failureText(error)} />
      </p>
      {reset !== undefined && (
        <Button variant="default" onClick={() => reset()}>
          Try again
        </Button>
      )}
    </div>
  );
}

export function failureText(error: unknown): string {
  if (!(error instanceof ClientError)) return "The console has met an unexpected error.";
  if (error.code === "client.unreachable") return "The gateway does not answer.";
  return error.message;
}
