/** Expected failures on their way between the threads, where an error would lose its code. */
import { inspect } from "node:util";
import { errorCodes, GatewayError } from "#/core/errors.ts";
import type { Failure } from "./verbs.ts";

export function failure(code: Failure["code"], cause: string | null = null): Failure {
  return { code, message: errorCodes[code], details: {}, cause };
}

/** What is no expected failure is a mistake of somebody's; its words may hold anything. */
export function failureOf(
  error: unknown,
  otherwise: Failure["code"] = "internal.unexpected",
): Failure {
  if (!(error instanceof GatewayError)) return failure(otherwise, inspect(error));
  const { code, message, details, cause } = error;
  return { code, message, details, cause: cause === undefined ? null : inspect(cause) };
}

export function errorOf({ code, message, details, cause }: Failure): GatewayError {
  return new GatewayError(code, message, cause === null ? { details } : { details, cause });
}
