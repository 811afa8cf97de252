/** In place of a page whose session has ended. The address stays, and so does the page behind. */

import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouterState } from "@tanstack/react-router";
import { useEffect } from "react";
import { useApi } from "../api/api-context.tsx";
import { isSignedOutError } from "../api/query-client.ts";
import { CopyLine } from "../text/copy-line.tsx";
import { failureText } from "./page-failure.tsx";
import { PageHeading } from "./page-heading.tsx";
import styles from "./shell.module.css";

export function SignedOut() {
  const { client, session } = useApi();
  const queries = useQueryClient();
  const path = useRouterState({ select: ({ location }) => location.href });
  useEffect(() => session.wantTo(path), [path, session]);

  const resume = useMutation({
    mutationFn: () => client.status(),
    onSuccess() {
      session.regain();
      void queries.invalidateQueries();
    },
  });
  const { mutate } = resume;
  useEffect(() => {
    // The link opens in another tab; whoever comes back from there is signed in here too.
    const onVisible = () => {
      if (document.visibilityState === "visible") mutate();
    };
    document.addEventListener("visibilitychange", onVisible);
    return () => document.removeEventListener("visibilitychange", onVisible);
  }, [mutate]);

  return (
    <div className={styles.notice}>
      <PageHeading title="You are signed out" />
      <p>
        A session ends after a while without use, when you sign out, and when the gateway is told to
        end it. Get a new link from whoever runs the gateway, or on its machine by yourself:
      </p>
      <CopyLine text="npx --no-install countersign person link NAME" name="the command" />
      <p>
        Open the link in this browser. It leads back to this page, and what you wrote here is kept.
      </p>
      <Button loading={resume.isPending} onClick={() => mutate()}>
        I have signed in
      </Button>
      <p role="status" className={styles.quiet}>
        {resume.isError &&
          (isSignedOutError(resume.error)
            ? "This browser is not signed in yet."
            : failureText(resume.error))}
      </p>
    </div>
  );
}
