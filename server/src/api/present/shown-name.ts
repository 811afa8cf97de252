/** The name of what is called, or the resource's URI, as people may see it: it stands in the command, where it was masked. */
import type { MaskedAction } from "#/masking/action/mask-action.ts";

/** As the gateway writes a call. */
const nameForm = /^\{"method":"[a-z/]+","(?:name|uri)":("(?:[^"\\]|\\.)*")/;

interface Named {
  readonly name: string;
}

/** The same facts with a name that may be shown. */
export function withShownName<
  Facts extends { readonly family: "sql" } | ({ readonly family: "mcp" } & Named),
>(facts: Facts, masked: Pick<MaskedAction, "command"> | null): Facts {
  // What the gateway asks by itself names nothing.
  if (facts.family !== "mcp" || facts.name === "") return facts;
  const written = masked === null ? undefined : nameForm.exec(masked.command)?.[1];
  return { ...facts, name: written === undefined ? "<MASKED>" : String(JSON.parse(written)) };
}
