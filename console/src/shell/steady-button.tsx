import { Button, type ButtonProps } from "@mantine/core";
import type { ReactNode, Ref } from "react";
import styles from "./steady-button.module.css";

/** A button that keeps the focus while its work is under way: what is disabled loses it. */
export function SteadyButton({
  isBusy,
  onClick,
  className,
  children,
  ...others
}: Pick<ButtonProps, "variant" | "className"> & {
  readonly isBusy: boolean;
  readonly onClick: () => void;
  readonly children: ReactNode;
  readonly ref?: Ref<HTMLButtonElement>;
}) {
  return (
    <Button
      {...others}
      className={`${styles.button} ${className ?? ""}`}
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
