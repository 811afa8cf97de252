/** A page's one heading: it names the browser's tab, and after a change of page it takes the focus. */
import { createContext, type ReactNode, type RefObject, use, useEffect, useRef } from "react";

/** True from a change of page until its heading has the focus. */
export const FocusWanted = createContext<RefObject<boolean>>({ current: false });

export function PageHeading({
  title,
  children,
}: {
  /** The tab's; as text. */
  readonly title: string;
  readonly children?: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  const wanted = use(FocusWanted);
  useEffect(() => {
    if (!wanted.current) return;
    wanted.current = false;
    heading.current?.focus({ preventScroll: true });
  }, [wanted]);
  return (
    <>
      <title>{`${title} · Countersign`}</title>
      <h1 ref={heading} tabIndex={-1}>
        {children ?? title}
      </h1>
    </>
  );
}
