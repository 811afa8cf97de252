import { healthWords } from "@countersign/sdk/health-text";
import type { Health } from "@countersign/sdk/wire/connection";
import type { SignName } from "../text/sign.tsx";
import { StateWord, type Tone } from "../text/state-word.tsx";

export function HealthWord({ health: { state } }: { readonly health: Health }) {
  const { tone, sign } = states[state];
  const words = healthWords[state];
  return (
    <StateWord tone={tone} sign={sign}>
      {`${words.charAt(0).toUpperCase()}${words.slice(1)}`}
    </StateWord>
  );
}

const states: Readonly<Record<Health["state"], { readonly tone: Tone; readonly sign: SignName }>> =
  {
    unknown: { tone: "quiet", sign: "dash" },
    reachable: { tone: "green", sign: "check" },
    failing: { tone: "red", sign: "cross" },
  };
