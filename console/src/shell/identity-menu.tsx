/** Who one is here, and the settings of this browser. */
import { visible } from "@countersign/sdk/visible";
import { Button, Popover, SegmentedControl, Switch, useMantineColorScheme } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../api/api-context.tsx";
import { statusQuery } from "../api/queries.ts";
import { ShownText } from "../text/shown-text.tsx";
import { dateTime } from "../text/times.ts";
import styles from "./identity-menu.module.css";
import { useKeyboard } from "./keyboard.tsx";

export function IdentityMenu() {
  const { background } = useApi();
  const { data: status } = useQuery(statusQuery(background));
  const [isOpen, setOpen] = useState(false);
  const caller = status?.caller;
  const name = caller?.name ?? (caller?.kind === "operator" ? "operator" : "");
  return (
    <Popover
      opened={isOpen}
      onChange={setOpen}
      position="bottom-end"
      width={300}
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <button
          type="button"
          className={styles.trigger}
          aria-label={`${visible(name)} you and settings`.trim()}
          onClick={() => setOpen((open) => !open)}
        >
          <span className={styles.initial} data-initial={/^./u.exec(name)?.[0].toUpperCase()} />
          <span className={styles.name}>
            <ShownText text={name} />
          </span>
        </button>
      </Popover.Target>
      <Popover.Dropdown className={styles.panel} aria-label="You and settings">
        {caller !== undefined && (
          <div className={styles.who}>
            <strong>
              <ShownText text={name} />
            </strong>
            <p>
              {caller.groups.length === 0 ? (
                "In no group"
              ) : (
                <>
                  In <ShownText text={caller.groups.join(", ")} />
                </>
              )}
              {caller.administrator && ", administrator"}
            </p>
            {caller.signedInUntil !== null && (
              <p>Signed in until {dateTime(caller.signedInUntil)}</p>
            )}
          </div>
        )}
        <Settings />
        <SignOut />
        {status !== undefined && <p className={styles.version}>Countersign {status.version}</p>}
      </Popover.Dropdown>
    </Popover>
  );
}

function Settings() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { isOn, setOn } = useKeyboard();
  return (
    <>
      <SegmentedControl
        fullWidth
        className={styles.control}
        size="md"
        aria-label="Colours"
        value={colorScheme}
        onChange={(value) => {
          if (value === "auto" || value === "light" || value === "dark") setColorScheme(value);
        }}
        data={[
          { value: "auto", label: "Auto" },
          { value: "light", label: "Light" },
          { value: "dark", label: "Dark" },
        ]}
      />
      <Switch
        className={styles.wide}
        size="md"
        label="Keys (? lists them)"
        checked={isOn}
        onChange={(event) => setOn(event.currentTarget.checked)}
      />
    </>
  );
}

function SignOut() {
  const { client, session } = useApi();
  const signOut = useMutation({
    mutationFn: () => client.closeSession(),
    onSuccess: () => session.lose(),
  });
  return (
    <>
      <Button
        variant="default"
        className={styles.wide}
        fullWidth
        loading={signOut.isPending}
        onClick={() => signOut.mutate()}
      >
        Sign out
      </Button>
      {signOut.isError && <p role="alert">It did not work. Try again.</p>}
    </>
  );
}
