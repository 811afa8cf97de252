/** What stands around every page. It knows who is signed in and whether the gateway is heard, and no page. */
import { Link, Outlet, useRouter, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useSignedOut } from "../api/api-context.tsx";
import { LiveProvider } from "../api/live.tsx";
import { AnnouncerProvider } from "./announcer.tsx";
import { Banners } from "./banners.tsx";
import { IdentityMenu } from "./identity-menu.tsx";
import { KeyboardProvider } from "./keyboard.tsx";
import { KeysDialog } from "./keys-dialog.tsx";
import { Mark } from "./mark.tsx";
import { FocusWanted } from "./page-heading.tsx";
import styles from "./shell.module.css";
import { SignedOut } from "./signed-out.tsx";

export function Shell() {
  const wanted = useFocusWanted();
  const isSigningIn = useRouterState({
    select: ({ location }) => location.pathname === "/sign-in",
  });
  return (
    <KeyboardProvider>
      <AnnouncerProvider>
        <FocusWanted value={wanted}>{isSigningIn ? <Bare /> : <Framed />}</FocusWanted>
      </AnnouncerProvider>
    </KeyboardProvider>
  );
}

/** For who is not signed in: nothing is asked from the gateway. */
function Bare() {
  return (
    <>
      <header className={styles.header}>
        <Wordmark />
      </header>
      <main id="main" className={styles.main}>
        <Outlet />
      </main>
    </>
  );
}

function Framed() {
  const isSignedOut = useSignedOut();
  return (
    <LiveProvider>
      <a href="#main" className={styles.skip}>
        Skip to the content
      </a>
      <header className={styles.header}>
        <Wordmark />
        {!isSignedOut && (
          <>
            <nav aria-label="Pages" className={styles.nav}>
              {pages.map(({ to, name }) => (
                <Link
                  key={to}
                  to={to}
                  className={styles.tab}
                  activeOptions={{ exact: to === "/", includeSearch: false }}
                >
                  {name}
                </Link>
              ))}
            </nav>
            <IdentityMenu />
          </>
        )}
      </header>
      {!isSignedOut && <Banners />}
      {/* Mounted all the time: what is half written survives signing in again. */}
      <main id="main" tabIndex={-1} className={styles.main} hidden={isSignedOut}>
        <Outlet />
      </main>
      {isSignedOut && (
        <main className={styles.main}>
          <SignedOut />
        </main>
      )}
      <KeysDialog />
    </LiveProvider>
  );
}

const pages = [
  { to: "/", name: "Inbox" },
  { to: "/history", name: "History" },
  { to: "/connections", name: "Connections" },
  { to: "/agents", name: "Agents" },
] as const;

function Wordmark() {
  return (
    <Link to="/" className={styles.wordmark} aria-label="Countersign, inbox">
      <Mark />
      <span>Countersign</span>
    </Link>
  );
}

function useFocusWanted() {
  const wanted = useRef(false);
  const router = useRouter();
  useEffect(
    () =>
      router.subscribe("onBeforeNavigate", ({ fromLocation, pathChanged }) => {
        if (fromLocation !== undefined && pathChanged) wanted.current = true;
      }),
    [router],
  );
  return wanted;
}
