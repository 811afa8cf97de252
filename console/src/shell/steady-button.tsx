import { Button, type ButtonProps } from "@mantine/core";
import type { ReactNode, Ref } from "react";
import styles from "./steady-button.module.css";

/** A button that keeps the focus while its work is under way: what is disabled loses it. */
export function SteadyButton({
  isBusy,
  onClick,
  className,
  label,
  children,
  ...others
}: Pick<ButtonProps, "variant" | "className"> & {
  readonly isBusy: boolean;
  readonly onClick: () => void;
  /** Where the words on it are not enough for those who hear them; it begins with them. */
  readonly label?: string;
  readonly children: ReactNode;
  readonly ref?: Ref<HTMLButtonElement>;
}) {
  return (
    <Button
      {...others}
      className={`${styles.button} ${className ?? ""}`}
      aria-label={label}
      aria-busy={isBusy}
      aria-disabled={isBusy}
      onClick={() => {
        if (!isBusy) onClick();
      }}
    >
      {children}
    </Button>
  );
}
