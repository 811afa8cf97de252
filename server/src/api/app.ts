/**
 * The HTTP API: routes, in front of them one guard, behind them one translator of errors.
 *
 * Guarantees that every route says who may call it, that no answer is cached or framed, and that what is
 * not expected leaves as an id. Must not know proxies or enforcement, and is never on the path of data.
 */
import assert from "node:assert/strict";
import { OpenAPIHono } from "@hono/zod-openapi";
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { GatewayError } from "#/core/errors.ts";
import { checkOrigin } from "#/identity/origin.ts";
import { createAttempts } from "./attempts.ts";
import type { ApiDeps } from "./deps.ts";
import { type ApiEnv, accesses, createGuard } from "./guard.ts";
import { presentProblem } from "./problems.ts";
import { createRedeem } from "./redeem.ts";
import { addActionRoutes } from "./routes/action-routes.ts";
import { addAgentRoutes } from "./routes/agent-routes.ts";
import { addConnectionRoutes } from "./routes/connection-routes.ts";
import { addEventRoutes } from "./routes/event-routes.ts";
import { addIdentityRoutes } from "./routes/identity-routes.ts";
import { addLogRoutes } from "./routes/log-routes.ts";
import { addOverrideRoute } from "./routes/override-route.ts";
import { addPreviewRoute } from "./routes/preview-route.ts";
import { addRevealRoute } from "./routes/reveal-route.ts";
import { addReviewRoutes } from "./routes/review-routes.ts";
import { addSessionRoutes } from "./routes/session-routes.ts";
import { addStatusRoutes, basePath } from "./routes/status-routes.ts";
import { addToolRoutes } from "./routes/tool-routes.ts";
import type { Streams } from "./streams.ts";

export function createApp(deps: ApiDeps, streams: Streams): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  app.use(safeHeaders);
  app.use(
    createMiddleware<ApiEnv>(async ({ req }, next) => {
      checkOrigin({ host: req.header("host"), origin: req.header("origin") }, deps.publicUrl());
      await next();
    }),
  );
  app.route(basePath, createRoutes(deps, streams));
  app.get("*", (context) => {
    const { path } = context.req;
    if (path === "/api" || path.startsWith("/api/")) return context.notFound();
    const encoding = context.req.header("accept-encoding") ?? "";
    const { status, headers, body } = deps.page(path, encoding);
    return context.body(typeof body === "string" ? body : new Uint8Array(body), status, headers);
  });
  app.notFound(() => {
    throw new GatewayError("api.not_found", "There is nothing under this address.");
  });
  app.onError((error, context) => {
    const cutOff = error === context.env.incoming.errored;
    const { status, body, headers } = presentProblem(cutOff ? bodyCutOff() : error, deps);
    return context.body(JSON.stringify(body), status, {
      ...headers,
      "content-type": "application/problem+json",
    });
  });
  return app;
}

function createRoutes(deps: ApiDeps, streams: Streams): OpenAPIHono<ApiEnv> {
  const routes = new OpenAPIHono<ApiEnv>({
    defaultHook(result) {
      if (!result.success) throw invalidRequest(result.target, result.error.issues);
    },
  });
  const attempts = createAttempts(deps.clock);
  const guard = createGuard(deps, attempts);
  const redeem = createRedeem(deps.authentication, attempts);
  routes.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
  });
  routes.openAPIRegistry.registerComponent("securitySchemes", "cookie", {
    type: "apiKey",
    in: "cookie",
    name: "__Host-countersign",
    description: "A browser's session; `countersign` where the gateway is reached over HTTP",
  });
  addStatusRoutes(routes, deps, guard);
  addReviewRoutes(routes, deps, guard);
  addOverrideRoute(routes, deps, guard);
  addPreviewRoute(routes, deps, guard);
  addRevealRoute(routes, deps, guard);
  addIdentityRoutes(routes, deps, guard, redeem);
  addSessionRoutes(routes, deps, guard, { redeem, streams });
  addEventRoutes(routes, deps, guard, streams);
  addActionRoutes(routes, deps, guard);
  addConnectionRoutes(routes, deps, guard);
  addToolRoutes(routes, deps, guard);
  addAgentRoutes(routes, deps, guard);
  addLogRoutes(routes, deps, guard);
  assertGuarded(routes);
  return routes;
}

/** A route that nobody guards is a mistake, and no gateway starts with one. */
function assertGuarded({ openAPIRegistry }: OpenAPIHono<ApiEnv>): void {
  for (const definition of openAPIRegistry.definitions) {
    if (definition.type !== "route") continue;
    const { method, path, ...route } = definition.route;
    const access: unknown = Reflect.get(route, "x-access");
    assert(
      accesses.some((each) => each === access),
      `${method} ${path} is not guarded`,
    );
  }
}

const safeHeaders = createMiddleware<ApiEnv>(async (context, next) => {
  context.header("cache-control", "no-store");
  context.header("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
  context.header("cross-origin-resource-policy", "same-origin");
  context.header("referrer-policy", "no-referrer");
  context.header("x-content-type-options", "nosniff");
  await next();
});

/** The client has left in the middle: nobody reads the answer, and nothing has failed here. */
function bodyCutOff(): GatewayError {
  return new GatewayError("api.invalid_request", "The request ended before its body did.");
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function invalidRequest(target: string, issues: readonly Issue[]): GatewayError {
  const where = target === "json" ? "body" : target;
  const problems = issues
    .slice(0, problemsMax)
    .map(({ path, message }) => `${[where, ...path.map(String)].join(".")}: ${message}`);
  return new GatewayError("api.invalid_request", `The request is not valid. ${problems[0] ?? ""}`, {
    details: { problems },
  });
}

const problemsMax = 20;
