/** Images, sounds and resources that come as bytes: looked into where they are text, and withheld where they are not. */
import { type Edits, edit } from "./edits.ts";
import type { Binary } from "./places.ts";
import { maskAnswerText, type TextMasking, textOfBytes } from "./texts.ts";

/** What is shown, heard or compressed can't be searched for what rules mask. */
export function maskBinary(
  masking: TextMasking,
  edits: Edits,
  { kind, node, data, mimeType }: Binary,
): void {
  const bytes = Buffer.from(data.value, "base64");
  const text = textOfBytes(bytes);
  if (text !== null) {
    const masked = maskAnswerText(masking, "", text);
    if (masked !== null) {
      const value = Buffer.from(masked, "utf8").toString("base64");
      edit(edits, data, { kind: "value", value });
    }
    return;
  }
  masking.replace("unscanned", "");
  const uri = node.members.findLast(({ key }) => key === "uri")?.value;
  const told = withheldText(kind, mimeType, bytes.length);
  if (kind === "blob") {
    const masked =
      uri?.kind === "string" ? (maskAnswerText(masking, "uri", uri.value) ?? uri.value) : "";
    const resource = { uri: masked, mimeType: "text/plain", text: told };
    edit(edits, node, { kind: "json", text: JSON.stringify(resource) });
  } else {
    edit(edits, node, { kind: "json", text: JSON.stringify({ type: "text", text: told }) });
  }
}

function withheldText(kind: Binary["kind"], mimeType: string, bytes: number): string {
  const type = /^[\w.+-]{1,64}\/[\w.+-]{1,64}$/.test(mimeType) ? mimeType : "unknown type";
  const what = kind === "blob" ? "data" : kind;
  return `[${what} of ${bytes} bytes (${type}), withheld: a rule masks values in this answer, and they can't be looked for in it.]`;
}
