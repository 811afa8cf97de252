/**
 * Keys for those who decide often.
 *
 * Guarantees that no key does anything while one types, while a dialog is open, with Ctrl, Alt or ⌘, or when
 * keys are switched off.
 */
import { createContext, type ReactNode, use, useEffect, useMemo, useRef } from "react";
import { useRemembered } from "./remembered.ts";

export interface Keyboard {
  readonly isOn: boolean;
  readonly setOn: (isOn: boolean) => void;
}

/** By names such as `j`, `Enter`, `Shift+A`. */
export type KeyHandlers = Readonly<Record<string, () => void>>;

const KeyboardContext = createContext<Keyboard>({ isOn: true, setOn: () => {} });

export function KeyboardProvider({ children }: { readonly children: ReactNode }) {
  const [isOn, setOn] = useRemembered("keys", true);
  const keyboard = useMemo(() => ({ isOn, setOn }), [isOn, setOn]);
  return <KeyboardContext value={keyboard}>{children}</KeyboardContext>;
}

export function useKeyboard(): Keyboard {
  return use(KeyboardContext);
}

export function useKeys(handlers: KeyHandlers): void {
  const { isOn } = useKeyboard();
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => {
    if (!isOn) return undefined;
    const onKeyDown = (event: KeyboardEvent) => {
      const name = keyName(event);
      const handler = name === null ? undefined : latest.current[name];
      if (handler === undefined) return;
      event.preventDefault();
      handler();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [isOn]);
}

function keyName(event: KeyboardEvent): string | null {
  const { key, shiftKey, target } = event;
  if (event.defaultPrevented || event.repeat || event.isComposing) return null;
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  if (target instanceof Element && target.closest(ownKeys) !== null) return null;
  if (document.querySelector('[aria-modal="true"]') !== null) return null;
  // On some keyboards "?" takes Shift and on others it doesn't.
  if (/^[a-z]$/i.test(key)) return shiftKey ? `Shift+${key.toUpperCase()}` : key.toLowerCase();
  // Enter on a button or a link is theirs.
  if (key === "Enter" && target instanceof Element && target.closest("a, button") !== null) {
    return null;
  }
  return key;
}

/** What has keys of its own. */
const ownKeys = 'input, textarea, select, [contenteditable="true"], [role="dialog"]';
