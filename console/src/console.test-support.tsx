/** The whole console in front of a gateway that is a table of answers, with a clock and a stream by hand. */
import { type Client, ClientError } from "@countersign/sdk/client";
import type { StreamEvent } from "@countersign/sdk/wire/event";
import type { Status } from "@countersign/sdk/wire/status";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { act, cleanup, configure, render } from "@testing-library/react";
import { onTestFinished } from "vitest";
import { ApiProvider } from "./api/api-context.tsx";
import { createQueries } from "./api/query-client.ts";
import { createSession } from "./api/session.ts";
import { createConsoleRouter } from "./router.tsx";
import { ClockContext } from "./text/clock.tsx";

// The first page to be shown loads its code, on a machine that may be busy.
configure({ asyncUtilTimeout: 15_000 });

const openedAt = Date.parse("2026-11-26T08:00:00.000Z");

export function showConsole(path: string, answers: Partial<Client>) {
  // Files share this module: what it did once, when it was loaded, would be done for the first alone.
  onTestFinished(cleanup);
  const clock = handClock(openedAt);
  const stream = handStream();
  const session = createSession(window.localStorage, clock.now);
  const client = { ...notAnswered, status: async () => status, ...answers };
  const api = {
    client,
    background: client,
    session,
    signInCode: { current: () => null, forget: () => {}, subscribe: () => () => {} },
    stream: stream.deps,
  };
  const router = createConsoleRouter(createMemoryHistory({ initialEntries: [path] }));
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueries(session)}>
        <ApiProvider api={api}>
          <ClockContext value={clock}>
            <RouterProvider router={router} />
          </ClockContext>
        </ApiProvider>
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { clock, stream, router, session };
}

function handClock(start: number) {
  let now = start;
  const callbacks = new Set<() => void>();
  return {
    now: () => now,
    every(_ms: number, callback: () => void) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    passTo(time: string) {
      now = Date.parse(time);
      act(() => {
        for (const callback of Array.from(callbacks)) callback();
      });
    },
  };
}

/** Live from the beginning. */
function handStream() {
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  const encoder = new TextEncoder();
  const send = (text: string) => act(async () => controller?.enqueue(encoder.encode(text)));
  return {
    deps: {
      fetch: async () => {
        const body = new ReadableStream<Uint8Array>({
          start(opened) {
            controller = opened;
            opened.enqueue(encoder.encode("id: 1\nevent: hello\ndata: {}\n\n"));
          },
        });
        return new Response(body, { headers: { "content-type": "text/event-stream" } });
      },
      setTimeout: () => () => {},
      random: () => 0,
    },
    tell: ({ event, ...data }: StreamEvent) =>
      send(`id: 2\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
    lose: () => act(async () => controller?.close()),
  };
}

const unknown = async (): Promise<never> => {
  throw new ClientError("api.not_found", 404, "Nothing is there.");
};

const notAnswered: Client = {
  status: unknown,
  reviews: unknown,
  review: unknown,
  giveVerdict: unknown,
  override: unknown,
  reveal: unknown,
  preview: unknown,
  testConnection: unknown,
  signIn: unknown,
  openSession: unknown,
  closeSession: unknown,
  actions: unknown,
  action: unknown,
  connections: unknown,
  connection: unknown,
  tools: unknown,
  tool: unknown,
  acceptTool: unknown,
  rejectTool: unknown,
  agents: unknown,
  agent: unknown,
  createLink: unknown,
  createToken: unknown,
  checkpoint: unknown,
  records: unknown,
  proof: unknown,
};

export const status: Status = {
  ready: true,
  degraded: null,
  quickstart: false,
  version: "0.1.0",
  pid: 1,
  dataDir: "/data",
  console: { url: "http://127.0.0.1:7070", signIn: null },
  listeners: {},
  connections: [],
  log: { size: 3, origin: "log.example", key: "log.example+00000000+key" },
  caller: {
    kind: "person",
    name: "ada",
    groups: ["dba"],
    administrator: false,
    signedInUntil: null,
  },
};
