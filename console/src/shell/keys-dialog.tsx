import { Modal } from "@mantine/core";
import { useState } from "react";
import { useKeys } from "./keyboard.tsx";
import styles from "./shell.module.css";

export function KeysDialog() {
  const [isOpen, setOpen] = useState(false);
  useKeys({ "?": () => setOpen(true) });
  return (
    // Not with Mantine's header: that is a second banner.
    <Modal.Root opened={isOpen} onClose={() => setOpen(false)} centered>
      <Modal.Overlay />
      {/* Named from the first moment: Mantine points to the title only once that is there. */}
      <Modal.Content aria-label="Keys">
        <Modal.Body>
          <div className={styles.dialogTop}>
            <Modal.Title>Keys</Modal.Title>
            <Modal.CloseButton aria-label="Close the list of keys" />
          </div>
          <dl className={styles.keys}>
            {keysShown.map(({ keys, what }) => (
              <div key={what}>
                <dt>
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
          <p className={styles.quiet}>Keys can be switched off in the menu at the top right.</p>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

const keysShown = [
  { keys: ["j", "k"], what: "In the inbox: the next review, the one before" },
  { keys: ["Enter"], what: "In the inbox: open the review" },
  { keys: ["Shift", "A"], what: "Approve: Enter then confirms" },
  { keys: ["Shift", "D"], what: "Deny, with a comment" },
  { keys: ["c"], what: "Request changes, with a comment" },
  { keys: ["e"], what: "Edit what waits; nothing is sent before you saw the difference" },
  {
    keys: ["Ctrl", "Enter"],
    what: "In a comment: send it; in an edit: go on (Cmd Enter on a Mac)",
  },
  { keys: ["?"], what: "This list" },
] as const;
