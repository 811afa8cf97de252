import type { GatewayError } from "#/core/errors.ts";

/**
 * Whether a session that could not be had says something of the connection: the server may also have refused what
 * its client asked for, such as a setting that there is not.
 */
export function isOfConnection(failure: GatewayError, hasSettings: boolean): boolean {
  if (!hasSettings || failure.code !== "upstream.refused") return true;
  const sqlstate = failure.details["sqlstate"];
  return typeof sqlstate !== "string" || /^(?:08|28|3D|53|57)/.test(sqlstate);
}
