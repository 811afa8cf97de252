/** Small signs, drawn here: no font has to have them. Each stands beside a word. */

export type SignName =
  | "ring"
  | "check"
  | "cross"
  | "back"
  | "clock"
  | "dash"
  | "dots"
  | "question"
  | "warning"
  | "up";

export function Sign({ name }: { readonly name: SignName }) {
  return (
    <svg
      viewBox="0 0 16 16"
      width="1em"
      height="1em"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}

const circle = "M8 2a6 6 0 1 1 0 12a6 6 0 0 1 0-12";

const paths: Readonly<Record<SignName, string>> = {
  ring: circle,
  check: "M3 8.5l3.5 3.5L13 4.5",
  cross: "M4 4l8 8M12 4l-8 8",
  back: "M3 6.5h6.5a3.25 3.25 0 0 1 0 6.5H6M3 6.5l3-3M3 6.5l3 3",
  clock: `${circle}M8 4.75V8l2.25 1.5`,
  dash: "M3.5 8h9",
  dots: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  question: `${circle}M6.5 6.5a1.5 1.5 0 1 1 2.25 1.3c-.5.3-.75.55-.75 1.05M8 11.25h.01`,
  warning: "M8 2.5L14.5 13.5h-13ZM8 6.5v3.25M8 11.75h.01",
  up: "M8 13V3.5M4 7.5l4-4l4 4",
};
