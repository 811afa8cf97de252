/**
 * An agent's token: how one is made, and a new one for those who may.
 *
 * Guarantees that none is made without a second step that says what stops working, and that one that was made
 * is in no cache: it is gone when the page is left.
 */

import { shellWord } from "@countersign/sdk/client-lines";
import type { Agent } from "@countersign/sdk/wire/agent";
import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useApi } from "../api/api-context.tsx";
import { keys } from "../api/queries.ts";
import connections from "../connections/connections.module.css";
import review from "../review/review.module.css";
import { failureText } from "../shell/page-failure.tsx";
import { SteadyButton } from "../shell/steady-button.tsx";
import { CopyLine } from "../text/copy-line.tsx";
import { ShownText } from "../text/shown-text.tsx";
import styles from "./agents.module.css";

export function AgentToken({
  agent,
  made,
  mayMake,
  onMade,
  onPutAway,
}: {
  readonly agent: Agent;
  /** The one that was made just now. */
  readonly made: string | null;
  readonly mayMake: boolean;
  readonly onMade: (token: string) => void;
  readonly onPutAway: () => void;
}) {
  const { name, token, tokenSince } = agent;
  const heading = useRef<HTMLHeadingElement>(null);
  return (
    <section className={connections.section} aria-labelledby="token">
      <h2 id="token" ref={heading} tabIndex={-1} className={styles.title}>
        Token
      </h2>
      {made !== null ? (
        <MadeToken
          token={made}
          onPutAway={() => {
            heading.current?.focus();
            onPutAway();
          }}
        />
      ) : token !== null ? (
        <p className={connections.quiet}>
          This is the sample’s agent: its token is no secret here, and stands in the connection
          strings below.
        </p>
      ) : (
        <>
          <p className={connections.quiet}>
            {tokenSince === null
              ? "It has none yet, so it can’t sign in. On the gateway’s machine this makes one, and shows it once:"
              : "It was shown once, when it was made. On the gateway’s machine this makes another one; the old one stops working then:"}
          </p>
          <CopyLine
            text={`npx --no-install countersign agent create ${shellWord(name)}`}
            name="the command that makes a token"
          />
          {mayMake && <NewToken agent={agent} onMade={onMade} />}
        </>
      )}
    </section>
  );
}

function NewToken({
  agent: { name, tokenSince },
  onMade,
}: {
  readonly agent: Agent;
  readonly onMade: (token: string) => void;
}) {
  const { client } = useApi();
  const queries = useQueryClient();
  const [isAsked, setAsked] = useState(false);
  const stay = useRef<HTMLButtonElement>(null);
  const begin = useRef<HTMLButtonElement>(null);
  const hasAsked = useRef(false);
  const make = useMutation({
    // Nothing of the answer stays in a cache.
    gcTime: 0,
    mutationFn: async () => onMade((await client.createToken(name)).token),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.agents }),
  });
  useEffect(() => {
    // Not on what ends the old one: a second press of the same key changes nothing.
    if (isAsked) stay.current?.focus();
    else if (hasAsked.current) begin.current?.focus();
    hasAsked.current = isAsked;
  }, [isAsked]);
  if (!isAsked) {
    return (
      <>
        <SteadyButton
          ref={begin}
          variant="default"
          className={styles.button}
          isBusy={make.isPending}
          onClick={() => (tokenSince === null ? make.mutate() : setAsked(true))}
        >
          New token
        </SteadyButton>
        <Failure error={make.error} />
      </>
    );
  }
  return (
    <div className={styles.confirm} role="group" aria-label="Make a new token">
      <p>
        The token that <ShownText text={name} /> uses now stops working at once. Whatever runs with
        it can’t sign in again until it has the new one.
      </p>
      <div className={styles.buttons}>
        <SteadyButton
          className={styles.button}
          isBusy={make.isPending}
          onClick={() => make.mutate()}
        >
          Make it, and end the old one
        </SteadyButton>
        <Button
          ref={stay}
          variant="default"
          className={styles.button}
          onClick={() => setAsked(false)}
        >
          Leave it as it is
        </Button>
      </div>
      <Failure error={make.error} />
    </div>
  );
}

function Failure({ error }: { readonly error: Error | null }): ReactNode {
  return (
    <p role="alert" className={styles.failure}>
      {error !== null && <ShownText text={failureText(error)} />}
    </p>
  );
}

function MadeToken({
  token,
  onPutAway,
}: {
  readonly token: string;
  readonly onPutAway: () => void;
}) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <div className={review.notice} data-tone="amber">
      <h3 ref={title} tabIndex={-1} className={styles.title}>
        Copy it now: it is shown this once
      </h3>
      <CopyLine text={token} name="the token" />
      <p>
        It also stands in the connection strings below. When you leave this page it is gone from
        here, and the gateway keeps only what it needs to check it.
      </p>
      <Button variant="default" className={styles.button} onClick={onPutAway}>
        I have it
      </Button>
    </div>
  );
}
