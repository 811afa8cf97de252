/** The gateway, its connections and agents. */
import { z } from "@hono/zod-openapi";
import { healthStates } from "#/core/health.ts";
import { dataClasses } from "#/core/label.ts";
import { upstream } from "./content.ts";
import { next, text, texts, time } from "./values.ts";

const listener = z.object({ host: text, port: z.int() }).readonly();

const agentUrl = z
  .object({
    name: text,
    url: text.nullable(),
    token: text.nullable().describe("Of the quickstart's sample agent alone"),
  })
  .readonly();

export const health = z
  .object({
    state: z.enum(healthStates),
    since: time.nullable().describe("Since when it has been so; null where nothing was heard yet"),
    heardAt: time.nullable().describe("When that was heard last, from a session or a test"),
    failure: z
      .object({ code: text, message: text })
      .readonly()
      .nullable()
      .describe("Of the last try, where that failed"),
    serverVersion: text.nullable().describe("As the server said it last"),
  })
  .readonly()
  .openapi("Health");

export const status = z
  .object({
    ready: z.boolean().describe("False while the gateway can't record"),
    degraded: text.nullable(),
    quickstart: z.boolean().describe("It runs on the bundled sample"),
    version: text,
    pid: z.int(),
    dataDir: text,
    console: z.object({ url: text, signIn: text.nullable() }).readonly(),
    listeners: z.record(text, listener).readonly(),
    connections: z
      .array(
        z
          .object({
            name: text,
            kind: text,
            environment: text,
            agents: z.array(agentUrl).readonly(),
            health: health.nullable().describe("Null for agents"),
          })
          .readonly(),
      )
      .readonly(),
    log: z.object({ size: z.int(), origin: text, key: text }).readonly(),
    caller: z
      .object({
        kind: z.enum(["person", "operator", "agent"]),
        name: text.nullable(),
        groups: texts,
        administrator: z.boolean(),
        signedInUntil: time.nullable().describe("Null for a credential that is no session"),
      })
      .readonly()
      .describe("Whoever asks; an operator has no name and decides nothing"),
  })
  .readonly()
  .openapi("Status");

const programs = z
  .object({
    running: z.int(),
    startsAgainAt: time
      .nullable()
      .describe("When one is started again that keeps ending by itself; null where none waits"),
    lastEnd: z
      .object({ at: time, code: z.int().nullable(), signal: text.nullable() })
      .readonly()
      .nullable()
      .describe("The last that ended by itself"),
    said: z
      .array(z.object({ at: time, text }).readonly())
      .readonly()
      .nullable()
      .describe("The last lines of standard error, masked; null for who does not administer"),
  })
  .readonly();

const pending = z.int().describe("Reviews that wait now, 100 at most");

export const connection = z
  .object({
    name: text,
    kind: text,
    environment: text,
    labels: z.record(text, text).readonly(),
    upstream,
    data: z.enum(dataClasses).nullable().describe("What its answers are, on its owner's word"),
    url: text.describe("A connection string; AGENT and TOKEN stand for an agent's own"),
    health,
    programs: programs.nullable().describe("Of a tool server that the gateway starts"),
    pending,
  })
  .readonly()
  .openapi("Connection");

export const connectionPage = z
  .object({ items: z.array(connection).readonly(), next })
  .readonly()
  .openapi("ConnectionPage");

export const agent = z
  .object({
    name: text,
    owner: text.nullable().describe("Who answers for it, and can never approve for it"),
    groups: texts,
    tokenSince: time.nullable(),
    token: text.nullable().describe("Of the quickstart's sample agent alone"),
    pending,
  })
  .readonly()
  .openapi("Agent");

export const agentPage = z
  .object({ items: z.array(agent).readonly(), next })
  .readonly()
  .openapi("AgentPage");
