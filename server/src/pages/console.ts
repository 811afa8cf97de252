/**
 * The console's files: built where that is due, read into memory, and answered to browsers.
 *
 * Guarantees that each page comes with a fresh nonce and a policy that lets it load nothing but the
 * gateway's own files; and that a console which is missing, or can't be built, keeps nothing else waiting.
 * Must not know who asks: everybody may have the page, which holds nothing of anybody's.
 */
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { GatewayError } from "#/core/errors.ts";
import type { Log } from "#/platform/log.ts";
import { type BuildOptions, ensureBuild } from "./build.ts";
import { beingBuilt, notBuilt, type Waiting, waitingPage, waitingScript } from "./documents.ts";
import { readSite, type Site, type SiteFile } from "./site.ts";

export interface PageAnswer {
  readonly status: 200 | 404 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export type ConsoleNews =
  | { readonly kind: "building" }
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly why: string };

export interface Console {
  /** To a GET of this path; `acceptEncoding` is the header. */
  answer(path: string, acceptEncoding: string): PageAnswer;
  /** Builds what is due and reads it. Never rejects; `tell` hears how it goes. */
  start(tell: (news: ConsoleNews) => void): Promise<void>;
  close(): Promise<void>;
}

/** Null: there are no sources, as in a test. */
export function createConsole(options: BuildOptions | null, log: Log): Console {
  const stopping = new AbortController();
  let waiting: Waiting = options === null ? notBuilt : beingBuilt;
  let site: Site | null = null;
  let started = Promise.resolve();

  async function open(build: BuildOptions, tell: (news: ConsoleNews) => void): Promise<void> {
    try {
      const ensure = () => ensureBuild(build, stopping.signal, () => tell({ kind: "building" }));
      const folder = await ensure();
      site = await readSite(folder).catch(async (error: unknown) => {
        if (!build.mayBuild) throw error;
        // Of a build that a machine's crash has damaged.
        await rm(folder, { recursive: true, force: true });
        return readSite(await ensure());
      });
      tell({ kind: "ready" });
    } catch (error) {
      if (stopping.signal.aborted) return;
      waiting = notBuilt;
      const why = error instanceof GatewayError ? error.message : "The console can't be read.";
      const cause = error instanceof GatewayError ? error.cause : error;
      log.error("console.failed", { why, cause: cause === undefined ? null : textOf(cause) });
      tell({ kind: "failed", why });
    }
  }

  return {
    answer(path, acceptEncoding) {
      // Also when the console has just become ready: a page that waits asks for it a moment later.
      if (path === waitingScript.path) return waitingScriptAnswer;
      return site === null ? waitingAnswer(waiting) : siteAnswer(site, path, acceptEncoding);
    },
    start(tell) {
      if (options !== null) started = open(options, tell);
      return started;
    },
    async close() {
      stopping.abort(new Error("the gateway is stopping"));
      await started;
    },
  };
}

/** Where the console has a page of its own; it shows by itself that there is nothing elsewhere. */
const pages = [
  /^\/$/,
  /^\/sign-in$/,
  /^\/history$/,
  /^\/(reviews|actions)\/[^/]+$/,
  /^\/(connections|agents)(\/[^/]+)?$/,
  /^\/connections\/[^/]+\/tool$/,
];

function siteAnswer(site: Site, path: string, acceptEncoding: string): PageAnswer {
  const file = site.files.get(path);
  if (file !== undefined) return fileAnswer(file, acceptEncoding);
  const nonce = newNonce();
  const status = pages.some((page) => page.test(path)) ? 200 : 404;
  return { status, headers: pageHeaders(nonce), body: site.page.join(nonce) };
}

function fileAnswer(file: SiteFile, acceptEncoding: string): PageAnswer {
  const headers = {
    "content-type": file.type,
    "cache-control": file.isHashed ? "public, max-age=31536000, immutable" : "public, max-age=3600",
    vary: "accept-encoding",
  };
  for (const encoding of ["br", "gzip"] as const) {
    const body = file[encoding];
    if (body === null || !accepts(acceptEncoding, encoding)) continue;
    return { status: 200, headers: { ...headers, "content-encoding": encoding }, body };
  }
  return { status: 200, headers, body: file.identity };
}

/** RFC 9110 §12.5.3, without the ranking: what may be sent compressed is. */
function accepts(acceptEncoding: string, encoding: string): boolean {
  return acceptEncoding
    .toLowerCase()
    .split(",")
    .map((part) => part.replaceAll(" ", ""))
    .some((part) => part === encoding || new RegExp(`^${encoding};q=(1|0\\.\\d*[1-9])`).test(part));
}

const waitingScriptAnswer: PageAnswer = {
  status: 200,
  headers: { "content-type": "text/javascript; charset=utf-8", "cache-control": "no-store" },
  body: waitingScript.text,
};

function waitingAnswer(waiting: Waiting): PageAnswer {
  const nonce = newNonce();
  const again = waiting.againSeconds;
  return {
    status: 503,
    headers: { ...pageHeaders(nonce), ...(again === null ? {} : { "retry-after": `${again}` }) },
    body: waitingPage(waiting, nonce),
  };
}

function newNonce(): string {
  return randomBytes(18).toString("base64url");
}

function pageHeaders(nonce: string): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": policy.join("; "),
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  };
}

function textOf(cause: unknown): string {
  if (typeof cause === "string") return cause;
  return cause instanceof Error ? (cause.stack ?? cause.message) : "";
}
