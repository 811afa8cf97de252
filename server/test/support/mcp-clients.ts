/**
 * The protocol's own clients, unmodified: the kit's first and second line, over HTTP and as the parent of a program,
 * in each revision that they speak. What each of them can be asked here, all can.
 */
import { randomUUID } from "node:crypto";
import {
  Client as SecondClient,
  StreamableHTTPClientTransport as SecondHttp,
} from "@modelcontextprotocol/client";
import { StdioClientTransport as SecondStdio } from "@modelcontextprotocol/client/stdio";
import { Client as FirstClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as FirstStdio } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as FirstHttp } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

export type Server =
  | { readonly kind: "http"; readonly url: string; readonly token?: string }
  | {
      readonly kind: "stdio";
      readonly command: readonly [string, ...string[]];
      readonly env?: Readonly<Record<string, string>>;
    };

export interface Called {
  readonly content: readonly { readonly type: string; readonly text?: string }[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
}

export interface KitClient {
  readonly tools: () => Promise<readonly { readonly name: string }[]>;
  readonly call: (
    name: string,
    given: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ) => Promise<Called>;
  readonly read: (uri: string) => Promise<unknown>;
  readonly prompt: (name: string, given: Readonly<Record<string, string>>) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

export interface CallOptions {
  /** Asks for progress, and hears it. */
  readonly onprogress?: (progress: {
    readonly progress: number;
    readonly message?: string | undefined;
  }) => void;
  readonly timeout?: number;
  readonly resetTimeoutOnProgress?: boolean;
  readonly signal?: AbortSignal;
}

export const kits = ["first line", "second line, 2025-11-25", "second line, 2026-07-28"] as const;
export type Kit = (typeof kits)[number];

const about = { name: "countersign-test-client", version: "1.0.0" };

export async function connectKit(kit: Kit, server: Server): Promise<KitClient> {
  if (kit === "first line") {
    const client = new FirstClient(about, { capabilities: {} });
    await client.connect(
      server.kind === "http"
        ? new FirstHttp(new URL(server.url), credentialOf(server))
        : new FirstStdio(programOf(server)),
    );
    return {
      tools: async () => (await client.listTools()).tools,
      call: async (name, given, options) =>
        (await client.callTool({ name, arguments: { ...given } }, undefined, options)) as Called,
      read: (uri) => client.readResource({ uri }),
      prompt: (name, given) => client.getPrompt({ name, arguments: { ...given } }),
      close: () => client.close(),
    };
  }
  const mode = kit === "second line, 2025-11-25" ? "legacy" : { pin: "2026-07-28" };
  const client = new SecondClient(about, { capabilities: {}, versionNegotiation: { mode } });
  await client.connect(
    server.kind === "http"
      ? new SecondHttp(new URL(server.url), credentialOf(server))
      : new SecondStdio(programOf(server)),
  );
  return {
    tools: async () => (await client.listTools()).tools,
    call: async (name, given, options) =>
      (await client.callTool({ name, arguments: { ...given } }, options)) as Called,
    read: (uri) => client.readResource({ uri }),
    prompt: (name, given) => client.getPrompt({ name, arguments: { ...given } }),
    close: () => client.close(),
  };
}

/** Each step that a walk of the fixture told, as the client heard it, and what it answered in the end. */
export async function hearWalk(client: KitClient): Promise<readonly unknown[]> {
  const walk = randomUUID();
  const heard: unknown[] = [];
  const saying: Promise<Called>[] = [];
  const { content } = await client.call(
    "walk",
    { walk },
    {
      onprogress: ({ progress }) => {
        heard.push(progress);
        saying.push(client.call("step_heard", { walk }));
      },
    },
  );
  await Promise.all(saying);
  return [...heard, content];
}

function credentialOf({ token }: { readonly token?: string }) {
  return token === undefined
    ? {}
    : { requestInit: { headers: { authorization: `Bearer ${token}` } } };
}

function programOf({ command: [command, ...args], env }: Server & { readonly kind: "stdio" }) {
  return {
    command,
    args,
    stderr: "ignore" as const,
    ...(env === undefined ? {} : { env: { ...env } }),
  };
}
