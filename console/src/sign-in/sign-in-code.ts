/**
 * The one-time code of a sign-in link.
 *
 * Guarantees that it leaves the address bar, and with it the browser's history, as soon as it is seen. It is
 * in the fragment, which no server is sent; and it is used only when a person says so, because programs open
 * links before people do.
 */
export interface SignInCode {
  readonly current: () => string | null;
  readonly forget: () => void;
  readonly subscribe: (listener: () => void) => () => void;
}

type Page = Pick<Window, "location" | "history" | "addEventListener">;

export function takeSignInCode(page: Page): SignInCode {
  let code: string | null = null;
  const listeners = new Set<() => void>();
  const set = (value: string | null) => {
    code = value;
    for (const listener of listeners) listener();
  };
  const take = () => {
    const { pathname, hash } = page.location;
    if (pathname !== "/sign-in" || hash.length < 2) return;
    page.history.replaceState(page.history.state, "", pathname);
    set(hash.slice(1));
  };
  take();
  // Another link, pasted over this page.
  page.addEventListener("hashchange", take);
  return {
    current: () => code,
    forget: () => set(null),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
