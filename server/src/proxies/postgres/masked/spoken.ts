/**
 * The upstream's errors, notices, notifications and reported settings as a client may hear them.
 *
 * Guarantees that recognizers have looked at every field that can hold data, and that where columns are masked no field passes in which the
 * server itself writes values of a row. What a function of somebody's puts into words of its own is caught by recognizers alone.
 */

import {
  type MaskedCounts,
  maskedCellBytesMax,
  maskedText,
  type Recognizing,
} from "#/masking/recognizing.ts";
import { hiddenText } from "#/proxies/postgres/masked/values/whole-column.ts";
import type { ErrorFields } from "#/proxies/postgres/wire/backend-messages.ts";
import { backend } from "#/proxies/postgres/wire/codec.ts";
import { decodeBackend } from "#/proxies/postgres/wire/decode-backend.ts";
import {
  encodeErrorResponse,
  encodeNoticeResponse,
  encodeNotificationResponse,
  encodeParameterStatus,
} from "#/proxies/postgres/wire/encode-backend.ts";
import type { Frame } from "#/proxies/postgres/wire/frame.ts";

export interface SpokenMasks {
  readonly recognizers: Recognizing | null;
  /** Whether masks name columns. */
  readonly hasColumns: boolean;
  readonly counts: MaskedCounts;
}

export function spokenUnder(frame: Frame, masks: SpokenMasks): Buffer {
  const message = decodeBackend(frame);
  switch (message.kind) {
    case "error_response":
    case "notice_response": {
      const fields = maskedFields(message.fields, masks);
      const { severity = "ERROR", code = "XX000", message: text = "" } = fields;
      const all = { ...fields, severity, code, message: text };
      return frame.type === backend.errorResponse
        ? encodeErrorResponse(all)
        : encodeNoticeResponse(all);
    }
    case "notification_response": {
      const { processId, channel, payload } = message;
      return encodeNotificationResponse(processId, channel, looked(payload, masks));
    }
    case "parameter_status":
      return encodeParameterStatus(message.name, looked(message.value, masks));
    default:
      return frame.bytes;
  }
}

/** Written by functions as well as by the server. */
const texts = [
  "message",
  "detail",
  "hint",
  "where",
  "internalQuery",
  "schema",
  "table",
  "column",
  "dataType",
  "constraint",
] as const;

function maskedFields(fields: ErrorFields, masks: SpokenMasks): ErrorFields {
  const shown: { -readonly [Name in keyof ErrorFields]: ErrorFields[Name] } = { ...fields };
  for (const name of texts) {
    const text = fields[name];
    if (text !== undefined) shown[name] = looked(text, masks);
  }
  if (!masks.hasColumns) return shown;
  const { code = "" } = fields;
  if (!isOfText(fields) && !valueless.test(code)) shown.message = refusedValue;
  // A cursor, a prepared statement or a connection that is named by a value.
  if (naming.test(code)) shown.message = (shown.message ?? "").replace(/"[^]*"/, `"${hiddenText}"`);
  // "Key (email)=(…) already exists", "Failing row contains (…)", and where it stands in the data of a COPY.
  if (fields.detail !== undefined && !ofSession.test(code)) shown.detail = hiddenText;
  for (const name of ["where", "internalQuery"] as const) {
    if (fields[name] !== undefined) shown[name] = hiddenText;
  }
  return shown;
}

/** It points into the client's own text, of which the server quotes: what is found while a statement runs points nowhere. */
function isOfText({ position }: ErrorFields): boolean {
  return position !== undefined;
}

/**
 * Whose message names objects, or says the same for every value: of sessions, transactions, constraints, rights, limits; a division by zero, a text
 * that is too long. And what functions of somebody's raise by themselves (P0001), which nobody can tell.
 */
const valueless =
  /^(?:08|00|01|23|25|26|2BP01|34|40|53|55|57|P0|22001|22004|22011|22012|42501|42701|42710|42809|42P0[34567]|42P16)/;

const naming = /^(?:08|26|34)/;

/** Of classes that tell of locks, connections and transactions. */
const ofSession = /^(?:08|25|26|34|40|53|57|55P03|55006)/;

const refusedValue = "A value is not what it would have to be. Which one is masked.";

function looked(text: string, { recognizers, counts }: SpokenMasks): string {
  if (recognizers === null) return text;
  if (Buffer.byteLength(text) > maskedCellBytesMax) return hiddenText;
  const masked = maskedText(recognizers, "", text);
  if (masked === null) return text;
  counts.set(masked.entity, (counts.get(masked.entity) ?? 0) + 1);
  return masked.text;
}
