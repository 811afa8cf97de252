/**
 * Keeps what the pages read as fresh as the gateway's event stream says, and tells whether it is fresh.
 *
 * Guarantees that while the stream is not live, `isFresh` is false: nobody decides on what may be old.
 */
import { useQueryClient } from "@tanstack/react-query";
import {
  createContext,
  type ReactNode,
  use,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { useApi } from "./api-context.tsx";
import { type EventStream, openEventStream, type StreamState } from "./events.ts";
import { keys } from "./queries.ts";
import { readAgain } from "./read-again.ts";

/** A page that nobody has seen for so long lets go of its stream until somebody looks. */
const unseenMs = 60_000;

export interface Live {
  readonly state: StreamState;
  readonly retryNow: () => void;
  /** Calls back with the reviews that changed; with null where all may have. */
  readonly onChanges: (listener: ChangesListener) => () => void;
}

export type ChangesListener = (reviews: readonly string[] | null) => void;

const LiveContext = createContext<Live | null>(null);

export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const { session, stream: deps } = useApi();
  const queries = useQueryClient();
  const isSignedOut = useSyncExternalStore(session.subscribe, session.isSignedOut);
  const [state, setState] = useState<StreamState>("connecting");
  const listeners = useRef(new Set<ChangesListener>());
  const stream = useRef<EventStream | null>(null);

  useEffect(() => {
    if (isSignedOut) return undefined;
    const tell = (reviews: readonly string[] | null) => {
      for (const listener of listeners.current) listener(reviews);
    };
    const opened = openEventStream(deps, {
      onState: setState,
      onSignedOut: session.lose,
      onEvent(event) {
        if (event.event === "hello") {
          // What happened before the stream was there is in none of its events.
          readAgain(queries, { predicate: ({ queryKey }) => queryKey[0] !== "inbox" });
          tell(null);
        } else if (event.event === "changes") {
          for (const id of event.reviews) readAgain(queries, { queryKey: keys.review(id) });
          for (const queryKey of [keys.actions, keys.anyAction, keys.connections, keys.agents]) {
            readAgain(queries, { queryKey });
          }
          tell(event.reviews);
        }
      },
    });
    stream.current = opened;
    let isPaused = false;
    let cancelPause = () => {};
    const onVisibility = () => {
      cancelPause();
      if (document.visibilityState === "hidden") {
        cancelPause = deps.setTimeout(() => {
          isPaused = true;
          opened.pause();
        }, unseenMs);
      } else if (isPaused) {
        isPaused = false;
        opened.retryNow();
      }
    };
    window.addEventListener("online", opened.retryNow);
    window.addEventListener("offline", opened.lose);
    document.addEventListener("visibilitychange", onVisibility);
    return () => {
      window.removeEventListener("online", opened.retryNow);
      window.removeEventListener("offline", opened.lose);
      document.removeEventListener("visibilitychange", onVisibility);
      cancelPause();
      opened.close();
    };
  }, [deps, isSignedOut, queries, session]);

  const live = useMemo<Live>(
    () => ({
      state,
      retryNow: () => stream.current?.retryNow(),
      onChanges(listener) {
        listeners.current.add(listener);
        return () => listeners.current.delete(listener);
      },
    }),
    [state],
  );
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLive(): Live {
  const live = use(LiveContext);
  if (live === null) throw new Error("The page stands outside of LiveProvider.");
  return live;
}
