/** What every page asks the gateway with. */
import type { Client } from "@countersign/sdk/client";
import { createContext, type ReactNode, use, useSyncExternalStore } from "react";
import type { SignInCode } from "../sign-in/sign-in-code.ts";
import type { StreamDeps } from "./events.ts";
import type { Session } from "./session.ts";

export interface Api {
  /** For what a person did. */
  readonly client: Client;
  /** For what nobody asked for: it doesn't keep a session alive. */
  readonly background: Client;
  readonly session: Session;
  readonly signInCode: SignInCode;
  readonly stream: StreamDeps;
}

const ApiContext = createContext<Api | null>(null);

export function ApiProvider({
  api,
  children,
}: {
  readonly api: Api;
  readonly children: ReactNode;
}) {
  return <ApiContext value={api}>{children}</ApiContext>;
}

export function useApi(): Api {
  const api = use(ApiContext);
  if (api === null) throw new Error("The page stands outside of ApiProvider.");
  return api;
}

export function useSignedOut(): boolean {
  const { session } = useApi();
  return useSyncExternalStore(session.subscribe, session.isSignedOut);
}
