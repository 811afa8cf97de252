/** One filter by a name: chosen while all names are known, typed where they are too many or no longer there. */
import { visible } from "@countersign/sdk/visible";
import { useEffect, useRef, useState } from "react";
import styles from "./history.module.css";
import { nameCharsMax } from "./history-search.ts";

export interface NameFilterProps {
  readonly id: string;
  readonly label: string;
  /** Empty: any. */
  readonly value: string;
  readonly names: readonly string[];
  /** Whether `names` are all there are. */
  readonly isComplete: boolean;
  readonly onChange: (value: string) => void;
}

export function NameFilter(props: NameFilterProps) {
  const { id, label, value, names, isComplete, onChange } = props;
  const [isTyping, setTyping] = useState(false);
  const hasKeyed = useRef(false);
  useEffect(() => {
    // What was typed in may be another element now.
    if (!isTyping && hasKeyed.current) document.getElementById(id)?.focus();
    hasKeyed.current = false;
  }, [id, isTyping, value]);
  if (isTyping || !isComplete) {
    return (
      <TypedName
        {...props}
        key={value}
        takesFocus={isTyping}
        onDone={(typed, byKey) => {
          hasKeyed.current = byKey;
          setTyping(false);
          if (typed !== value) onChange(typed);
        }}
      />
    );
  }
  const offered = value === "" || names.includes(value) ? names : [value, ...names];
  return (
    <div className={styles.filter}>
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        data-active={value !== "" || undefined}
        onChange={({ target }) => {
          if (target.value === otherName) setTyping(true);
          else onChange(target.value);
        }}
      >
        <option value="">Any</option>
        {offered.map((name) => (
          <option key={name} value={name}>
            {visible(name)}
          </option>
        ))}
        <option value={otherName}>Another name…</option>
      </select>
    </div>
  );
}

/** No name begins with a blank. */
const otherName = " other";

function TypedName({
  id,
  label,
  value,
  names,
  takesFocus,
  onDone,
}: NameFilterProps & {
  readonly takesFocus: boolean;
  readonly onDone: (typed: string, byKey: boolean) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (takesFocus) input.current?.focus();
  }, [takesFocus]);
  return (
    <div className={styles.filter}>
      <label htmlFor={id}>{label}</label>
      <input
        ref={input}
        id={id}
        type="text"
        list={`${id}-names`}
        defaultValue={value}
        maxLength={nameCharsMax}
        autoComplete="off"
        spellCheck={false}
        placeholder="Name, then Enter"
        data-active={value !== "" || undefined}
        onKeyDown={({ key, currentTarget }) => {
          if (key === "Enter") onDone(currentTarget.value.trim(), true);
          if (key === "Escape") onDone(value, true);
        }}
        onBlur={({ currentTarget }) => onDone(currentTarget.value.trim(), false)}
      />
      <datalist id={`${id}-names`}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </div>
  );
}
