import { ClientError } from "@countersign/sdk/client";
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import type { Session } from "./session.ts";

const retriesMax = 2;

/** Every answer passes here: a 401 of any of them says that the session is over. */
export function createQueries(session: Session): QueryClient {
  const notice = (error: Error) => {
    if (isSignedOutError(error)) session.lose();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError: notice }),
    mutationCache: new MutationCache({ onError: notice }),
    defaultOptions: {
      queries: {
        // The event stream says when something is old.
        staleTime: 30_000,
        networkMode: "always",
        refetchOnWindowFocus: false,
        retry: (failures, error) => failures < retriesMax && isPassing(error),
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
}

export function isSignedOutError(error: unknown): boolean {
  return error instanceof ClientError && error.status === 401;
}

/** Of what the gateway said about the request itself, a repetition changes nothing. */
function isPassing(error: unknown): boolean {
  return !(error instanceof ClientError) || error.status === 0 || error.status >= 500;
}
