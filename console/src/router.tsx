/** Every page's address. A page's code is loaded when it is first shown. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouterHistory,
} from "@tanstack/react-router";
import { parseHistorySearch } from "./history/history-search.ts";
import { formatSearch, parseSearch } from "./search-params.ts";
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

const tool = createRoute({
  getParentRoute,
  path: "/connections/$name/tool",
  validateSearch: (search): { tool: string } => {
    const { tool: name } = search;
    return { tool: typeof name === "string" ? name : "" };
  },
  component: lazyRouteComponent(() => import("./tools/tool-page.tsx"), "ToolPage"),
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
  tool,
  agents,
  agent,
]);

/** The history is the browser's own but in tests. */
export function createConsoleRouter(given?: RouterHistory) {
  return createRouter({
    routeTree,
    ...(given === undefined ? {} : { history: given }),
    parseSearch,
    stringifySearch: formatSearch,
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
