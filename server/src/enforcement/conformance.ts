/**
 * What every protocol has to pass, unchanged: promises 1 to 4 of the design as tests.
 *
 * Knows no protocol. One provides a `ProtocolUnderTest`; each test opens it anew on a stage of its own and
 * looks at it from all sides: what the client heard, what the upstream was sent, and what is on record.
 */
import { describe } from "node:test";
import { testClaim } from "./conformance/claim.ts";
import { testDenials } from "./conformance/denials.ts";
import { checkOver, type ProtocolUnderTest } from "./conformance/harness.ts";
import { testRecords } from "./conformance/records.ts";
import { testRowLimits } from "./conformance/row-limits.ts";
import { testWaiting } from "./conformance/waiting.ts";

export function enforcementConformance(name: string, protocol: ProtocolUnderTest): void {
  const check = checkOver(protocol);
  describe(`${name}: denials`, () => testDenials(check));
  describe(`${name}: the record comes first`, () => testRecords(check));
  describe(`${name}: waiting`, () => testWaiting(check));
  describe(`${name}: the claim`, () => testClaim(check));
  describe(`${name}: limits of rows`, () => testRowLimits(check));
}
