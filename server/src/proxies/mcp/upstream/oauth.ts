/**
 * Client credentials (RFC 6749 §4.4) for one tool server, with its resource (RFC 8707): one token for all who ask, until
 * shortly before it ends.
 */

import { z } from "zod";
import { asGatewayError, errorCodes, GatewayError } from "#/core/errors.ts";
import type { OwnMethod } from "#/core/facts.ts";
import type { ToolCredential } from "#/core/tool-credential.ts";
import type { Clock } from "#/platform/clock.ts";
import { GatheredBytes } from "#/wire/gathered-bytes.ts";
import { type Credential, type CredentialHeaders, noTokens } from "./credential.ts";
import { upstreamFailure } from "./http-failure.ts";

const tokenMs = 15_000;
const tokenAnswerBytesMax = 64 * 1024;
/** A token is renewed so long before it ends. */
const renewBeforeMs = 30_000;
/** Of a token whose server does not say how long it lasts. */
const unsaidLifeMs = 5 * 60_000;
/** A token that was refused so soon is not the reason. */
const renewedEveryMs = 5_000;
/** Behind a failure nobody asks for so long, and twice as long behind each further one. */
const askAgainMs = 1_000;
const askAgainMaxMs = 60_000;
/** The one before may still be in an answer that is under way. */
const tokensKept = 2;

const tokenAnswer = z.object({
  access_token: z
    .string()
    .min(1)
    .max(16_384)
    .regex(/^[\x21-\x7e]+$/),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.number().positive().optional(),
});

interface Token {
  readonly headers: CredentialHeaders;
  readonly since: number;
  readonly until: number;
}

type Settings = Extract<ToolCredential, { readonly kind: "oauth" }>;

export interface TokenDeps {
  readonly clock: Clock;
  /** Of what the gateway asks by itself, before it is sent. */
  readonly record: (method: OwnMethod) => Promise<void>;
}

export function clientCredentials(settings: Settings, { clock, record }: TokenDeps): Credential {
  let token: Token | null = null;
  let asking: Promise<CredentialHeaders> | null = null;
  let tokens = noTokens;
  let failed: {
    readonly error: GatewayError;
    readonly until: number;
    readonly waitMs: number;
  } | null = null;
  const ask = async () => {
    try {
      const headers = await askOnce();
      failed = null;
      return headers;
    } catch (cause) {
      const error = asGatewayError(cause, "The gateway could not ask for a token.");
      const waitMs = Math.min(failed === null ? askAgainMs : failed.waitMs * 2, askAgainMaxMs);
      failed = { error, until: clock.now() + waitMs, waitMs };
      throw error;
    }
  };
  const askOnce = async () => {
    await record("oauth/token").catch((cause: unknown) => {
      const code = "audit.recording_failed";
      throw new GatewayError(code, errorCodes[code], { cause, details: { sent: false } });
    });
    const { access_token: value, expires_in: seconds } = await askForToken(settings);
    const since = clock.now();
    const lifeMs = seconds === undefined ? unsaidLifeMs : seconds * 1000;
    const until = since + Math.max(lifeMs - renewBeforeMs, lifeMs / 2);
    tokens = [value, ...tokens].slice(0, tokensKept);
    token = { headers: { authorization: `Bearer ${value}` }, since, until };
    return token.headers;
  };
  return {
    headers() {
      if (token !== null && clock.now() < token.until) return token.headers;
      if (asking === null && failed !== null && clock.now() < failed.until) {
        return Promise.reject(failed.error);
      }
      asking ??= ask().finally(() => {
        asking = null;
      });
      return asking;
    },
    renew(refused) {
      // Another has fetched one since.
      if (token === null || token.headers !== refused) return true;
      if (clock.now() - token.since < renewedEveryMs) return false;
      token = null;
      return true;
    },
    tokens: () => tokens,
  };
}

async function askForToken(settings: Settings): Promise<z.output<typeof tokenAnswer>> {
  const { tokenUrl, clientId, clientSecret, scope, resource } = settings;
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    ...(scope === null ? {} : { scope }),
    ...(resource === null ? {} : { resource }),
  });
  // RFC 6749 §2.3.1 spells both as a form does before they are joined.
  const joined = [clientId, clientSecret.reveal()].map(formText).join(":");
  let text: string;
  try {
    // Only where there are such credentials.
    const { request } = await import("undici");
    const answer = await request(tokenUrl, {
      method: "POST",
      headers: {
        accept: "application/json",
        "content-type": "application/x-www-form-urlencoded",
        authorization: `Basic ${Buffer.from(joined).toString("base64")}`,
      },
      body: form.toString(),
      signal: AbortSignal.timeout(tokenMs),
    });
    text = await readBounded(answer.body);
    if (answer.statusCode !== 200) throw noToken(`HTTP ${answer.statusCode}`);
  } catch (cause) {
    throw upstreamFailure(cause, false);
  }
  const parsed = tokenAnswer.safeParse(jsonOf(text));
  if (!parsed.success) throw noToken("its answer is not a bearer token");
  return parsed.data;
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<string> {
  const gathered = new GatheredBytes();
  for await (const chunk of body) {
    gathered.add(chunk);
    if (gathered.length > tokenAnswerBytesMax) throw noToken("its answer is too large");
  }
  return gathered.take().toString("utf8");
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function formText(text: string): string {
  return new URLSearchParams({ text }).toString().slice("text=".length);
}

function noToken(why: string): GatewayError {
  return new GatewayError(
    "upstream.refused",
    "The authorization server gave the gateway no token.",
    {
      cause: new Error(why),
      details: { sent: false },
    },
  );
}
