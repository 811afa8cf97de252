import { ClientError } from "@countersign/sdk/client";
import type { ReactNode } from "react";
import { PageHeading } from "./page-heading.tsx";
import styles from "./shell.module.css";

/** The address is in order, and the gateway knows nothing of this name. */
export function Missing({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ReactNode;
}) {
  return (
    <div className={styles.notice}>
      <PageHeading title={title} />
      {children}
    </div>
  );
}

export function isMissingError(error: unknown): boolean {
  return error instanceof ClientError && error.status === 404;
}
