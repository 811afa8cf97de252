/** Says what changed to those who can't see it change. */
import { visible } from "@countersign/sdk/visible";
import { createContext, type ReactNode, use, useState } from "react";
import styles from "./shell.module.css";

const AnnouncerContext = createContext<(text: string) => void>(() => {});

export function AnnouncerProvider({ children }: { readonly children: ReactNode }) {
  const [text, setText] = useState("");
  return (
    <AnnouncerContext value={setText}>
      {children}
      <div role="status" className={styles.unseen}>
        {visible(text)}
      </div>
    </AnnouncerContext>
  );
}

export function useAnnounce(): (text: string) => void {
  return use(AnnouncerContext);
}
