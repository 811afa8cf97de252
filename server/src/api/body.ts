/** Bodies are JSON, and small. */
import { createMiddleware } from "hono/factory";
import { GatewayError } from "#/core/errors.ts";
import { hasDoubledKey } from "./doubled-key.ts";

export const bodyBytesMax = 256 * 1024;

const jsonOnly = createMiddleware(async (context, next) => {
  const { req } = context;
  const isRead = req.method === "GET" || req.method === "HEAD";
  if (isRead && hasBody(req.raw.headers)) {
    throw new GatewayError("api.invalid_request", `A ${req.method} request has no body here.`);
  }
  // A page elsewhere can send any other type without asking first; and nothing else is parsed here.
  if (
    hasBody(req.raw.headers) &&
    !/^application\/json *(;|$)/i.test(req.header("content-type") ?? "")
  ) {
    throw new GatewayError(
      "api.unsupported_media_type",
      "The body has to be JSON, with the header `Content-Type: application/json`.",
    );
  }
  await next();
});

/** Node reads no more of a body than its Content-Length says; one without is counted as it comes. */
const limited = createMiddleware(async ({ req }, next) => {
  const { raw } = req;
  if (raw.headers.has("transfer-encoding")) {
    const body = await readBounded(raw.body);
    const { url, method, headers } = raw;
    req.raw = new Request(url, { method, headers, body: new Uint8Array(body) });
  } else if (Number(raw.headers.get("content-length") ?? 0) > bodyBytesMax) {
    throw tooLarge();
  }
  await next();
});

/** Of two values under one name nobody can tell which one whoever signed or forwarded the body has seen. */
const named = createMiddleware(async ({ req }, next) => {
  if (hasBody(req.raw.headers) && hasDoubledKey(await req.text())) {
    throw new GatewayError("api.invalid_request", "The body has two values under one name.");
  }
  await next();
});

/** In this order, before any body is parsed. */
export const jsonBody = [jsonOnly, limited, named] as const;

function hasBody(headers: Headers): boolean {
  return (headers.get("content-length") ?? "0") !== "0" || headers.has("transfer-encoding");
}

async function readBounded(body: AsyncIterable<Uint8Array> | null): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): GatewayError {
  const message = `The body is larger than ${bodyBytesMax / 1024} KiB.`;
  return new GatewayError("api.body_too_large", message);
}
