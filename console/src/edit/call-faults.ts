/** What is wrong of the arguments of an edited call, under the schema that its tool states: said beside the field, and before anything is sent. */
import { parseCallTree } from "@countersign/sdk/call-tree";
import { type SchemaFault, schemaFaults } from "@countersign/sdk/schema-faults";

/** `text` are the arguments as they are written; of what is no JSON yet nothing is said here. */
export function callFaults(schema: unknown, text: string): readonly SchemaFault[] {
  const value = parseCallTree(text);
  return value === null ? [] : schemaFaults(schema, value);
}

/** Of exactly this argument, and where it is edited as JSON of all that is in it. */
export function faultTexts(
  faults: readonly SchemaFault[],
  path: readonly string[],
  isWhole: boolean,
): readonly string[] {
  return faults
    .filter((each) => path.every((key, at) => each.path[at] === key))
    .filter((each) => each.path.length === path.length || isWhole)
    .map((each) => sentence(each.path.slice(path.length), each.says));
}

/** With its place. */
export function faultText({ path, says }: SchemaFault): string {
  return sentence(path, says);
}

function sentence(path: SchemaFault["path"], says: string): string {
  if (path.length === 0) return `${says.charAt(0).toUpperCase()}${says.slice(1)}.`;
  const place = path.map((step) => (typeof step === "number" ? `item ${step + 1}` : step));
  return `${place.join(" › ")} ${says}.`;
}
