/** Bodies are JSON, and small. */
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { GatewayError } from "#/core/errors.ts";

export const bodyBytesMax = 256 * 1024;

const jsonOnly = createMiddleware(async (context, next) => {
  const { req } = context;
  const hasBody =
    (req.header("content-length") ?? "0") !== "0" || req.header("transfer-encoding") !== undefined;
  // A page elsewhere can send any other type without asking first; and nothing else is parsed here.
  if (hasBody && !/^application\/json *(;|$)/i.test(req.header("content-type") ?? "")) {
    throw new GatewayError(
      "api.unsupported_media_type",
      "The body has to be JSON, with the header `Content-Type: application/json`.",
    );
  }
  await next();
});

const limited = bodyLimit({
  maxSize: bodyBytesMax,
  onError() {
    const message = `The body is larger than ${bodyBytesMax / 1024} KiB.`;
    throw new GatewayError("api.body_too_large", message);
  },
});

/** In this order, before any body is parsed. */
export const jsonBody = [jsonOnly, limited] as const;
