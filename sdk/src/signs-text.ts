/** The signs of a review in a list, in few words. */
import type { ReviewSign } from "./wire/review.ts";

export function signText(sign: ReviewSign): string {
  return words[sign];
}

const words: Readonly<Record<ReviewSign, string>> = {
  may_leak: "may carry confidential data out",
  tool_changed: "its tool has changed",
  tool_hides_text: "its tool hides text",
  tool_tells_model: "its tool gives orders to models",
  read_confidential: "has read confidential data",
  read_untrusted: "has read content that anybody may have written",
};
