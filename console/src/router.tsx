/** Every page's address. A page's code is loaded when it is first shown. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from "@tanstack/react-router";
import { NotFound } from "./shell/not-found.tsx";
import { PageFailure } from "./shell/page-failure.tsx";
import { Shell } from "./shell/shell.tsx";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const getParentRoute = () => root;

const inbox = createRoute({
  getParentRoute,
  path: "/",
  validateSearch: (search): { queue?: "decided" } =>
    search["queue"] === "decided" ? { queue: "decided" } : {},
  component: lazyRouteComponent(() => import("./inbox/inbox-page.tsx"), "InboxPage"),
});

const review = createRoute({
  getParentRoute,
  path: "/reviews/$id",
  component: lazyRouteComponent(() => import("./review/review-page.tsx"), "ReviewPage"),
});

const signIn = createRoute({
  getParentRoute,
  path: "/sign-in",
  component: lazyRouteComponent(() => import("./sign-in/sign-in-page.tsx"), "SignInPage"),
});

const history = createRoute({
  getParentRoute,
  path: "/history",
  validateSearch: parseHistorySearch,
  component: lazyRouteComponent(() => import("./history/history-page.tsx"), "HistoryPage"),
});

const action = createRoute({
  getParentRoute,
  path: "/actions/$id",
  component: lazyRouteComponent(() => import("./actions/action-page.tsx"), "ActionPage"),
});

const connections = createRoute({
  getParentRoute,
  path: "/connections",
  component: lazyRouteComponent(
    () => import("./connections/connections-page.tsx"),
    "ConnectionsPage",
  ),
});

const connection = createRoute({
  getParentRoute,
  path: "/connections/$name",
  component: lazyRouteComponent(
    () => import("./connections/connection-page.tsx"),
    "ConnectionPage",
  ),
});

const agents = createRoute({
  getParentRoute,
  path: "/agents",
  component: lazyRouteComponent(() => import("./agents/agents-page.tsx"), "AgentsPage"),
});

const agent = createRoute({
  getParentRoute,
  path: "/agents/$name",
  component: lazyRouteComponent(() => import("./agents/agent-page.tsx"), "AgentPage"),
});

const routeTree = root.addChildren([
  inbox,
  review,
  signIn,
  history,
  action,
  connections,
  connection,
  agents,
  agent,
]);

export function createConsoleRouter() {
  return createRouter({
    routeTree,
    defaultPreload: "intent",
    scrollRestoration: true,
    defaultErrorComponent: PageFailure,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}

interface HistorySearch {
  readonly decision?: "allow" | "deny" | "review";
  readonly connection?: string;
  readonly principal?: string;
  readonly verb?: string;
}

/** What the address says and the gateway would not understand is left out. */
function parseHistorySearch(search: Readonly<Record<string, unknown>>): HistorySearch {
  const { decision, connection: from, principal, verb } = search;
  return {
    ...(decision === "allow" || decision === "deny" || decision === "review" ? { decision } : {}),
    ...(typeof from === "string" && from !== "" ? { connection: from } : {}),
    ...(typeof principal === "string" && principal !== "" ? { principal } : {}),
    ...(typeof verb === "string" && verb !== "" ? { verb } : {}),
  };
}
