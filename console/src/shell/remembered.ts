/** A setting of this browser. Where nothing can be stored it holds until the page is closed. */
import { useCallback, useState } from "react";

export function useRemembered(
  name: string,
  initial: boolean,
): readonly [boolean, (value: boolean) => void] {
  const key = `countersign.${name}`;
  const [value, setValue] = useState(() => read(key) ?? initial);
  const remember = useCallback(
    (next: boolean) => {
      setValue(next);
      try {
        window.localStorage.setItem(key, String(next));
      } catch {
        // It holds until the page is closed.
      }
    },
    [key],
  );
  return [value, remember];
}

function read(key: string): boolean | null {
  try {
    const text = window.localStorage.getItem(key);
    return text === null ? null : text === "true";
  } catch {
    return null;
  }
}
