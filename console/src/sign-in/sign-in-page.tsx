import { ClientError } from "@countersign/sdk/client";
import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useSyncExternalStore } from "react";
import { useApi } from "../api/api-context.tsx";
import { failureText } from "../shell/page-failure.tsx";
import { PageHeading } from "../shell/page-heading.tsx";
import { CopyLine } from "../text/copy-line.tsx";
import { ShownText } from "../text/shown-text.tsx";
import styles from "./sign-in.module.css";

export function SignInPage() {
  const { client, session, signInCode } = useApi();
  const queries = useQueryClient();
  const router = useRouter();
  const code = useSyncExternalStore(signInCode.subscribe, signInCode.current);

  const signIn = useMutation({
    mutationFn: (given: string) => client.openSession(given),
    async onSuccess() {
      const wanted = session.takeWanted(Date.now());
      queries.clear();
      session.regain();
      await router.navigate({ href: wanted ?? "/", replace: true });
      signInCode.forget();
    },
  });

  // Of another link, pasted over this page, nothing is known yet.
  const isOfThisLink = signIn.variables === code || code === null;
  if (signIn.isError && isOfThisLink && isSpent(signIn.error)) {
    return <SpentLink error={signIn.error} />;
  }
  if (code === null) return <NoLink />;
  return (
    <div className={styles.page}>
      <PageHeading title="Sign in" />
      <p className={styles.lead}>
        Your link is good once. It is used when you press the button, not before.
      </p>
      <Button
        size="md"
        className={styles.button}
        loading={signIn.isPending || signIn.isSuccess}
        onClick={() => signIn.mutate(code)}
      >
        Sign in
      </Button>
      <p role="alert" className={styles.failure}>
        {signIn.isError && isOfThisLink && (
          <ShownText text={`${failureText(signIn.error)} Try again.`} />
        )}
      </p>
    </div>
  );
}

/** The gateway knows the link and will never take it again, or does not know it at all. */
function isSpent(error: Error): boolean {
  return (
    error instanceof ClientError &&
    error.status >= 400 &&
    error.status < 500 &&
    error.status !== 429
  );
}

function SpentLink({ error }: { readonly error: Error }) {
  const code = error instanceof ClientError ? error.code : "";
  const { title, why } = spentWords[code] ?? {
    title: "This link is not valid",
    why: "The gateway does not know it. Perhaps it was cut off when it was copied.",
  };
  return (
    <div className={styles.page} role="alert">
      <PageHeading title={title} />
      <p className={styles.lead}>{why}</p>
      <NewLink />
    </div>
  );
}

const spentWords: Readonly<Record<string, { readonly title: string; readonly why: string }>> = {
  "identity.link_expired": {
    title: "This link has expired",
    why: "A sign-in link is good for a short time.",
  },
  "identity.link_used": {
    title: "This link was used before",
    why: "A sign-in link is good once. If it was not you who used it, tell whoever runs the gateway.",
  },
};

function NoLink() {
  return (
    <div className={styles.page}>
      <PageHeading title="Sign in with a link" />
      <p className={styles.lead}>
        Countersign has no passwords here: whoever runs the gateway gives you a link.
      </p>
      <NewLink />
    </div>
  );
}

function NewLink() {
  return (
    <>
      <p>On the gateway’s machine, this makes a new one:</p>
      <CopyLine text="npx --no-install countersign person link NAME" name="the command" />
      <p>Put your name in place of NAME, and open what it prints in this browser.</p>
    </>
  );
}
