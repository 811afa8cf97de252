import { useRef } from "react";

/** The same request again has the same key: an answer that was lost is given again. */
export function useAttemptKey(): (request: unknown) => string {
  const attempt = useRef({ of: "", key: "" });
  return (request) => {
    const of = JSON.stringify(request);
    if (attempt.current.of !== of) attempt.current = { of, key: newKey() };
    return attempt.current.key;
  };
}

/** `crypto.randomUUID` is missing where the page came without TLS from another machine. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
