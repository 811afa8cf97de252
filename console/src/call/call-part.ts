/** How much of a call is shown at first. More than that a person has to ask for, and then decides on all. */
import type { CallBranch, CallNode } from "@countersign/sdk/call-tree";
import { parseCallTree } from "@countersign/sdk/call-tree";
import { isShort, shownLinesMax } from "../text/shown-part.ts";

/** The items of a branch that are shown, and how many values are left out beneath it. */
export interface ShownItems {
  readonly items: readonly CallNode[];
  readonly more: number;
}

/** Of all branches together, in the order in which they are read. */
export function shownItems(
  root: CallBranch,
  valuesMax: number,
): ReadonlyMap<CallBranch, ShownItems> {
  const shown = new Map<CallBranch, ShownItems>();
  let left = valuesMax;
  visit(root);
  return shown;

  function visit(branch: CallBranch): void {
    const items: CallNode[] = [];
    for (const item of branch.items) {
      if (left <= 0) break;
      left -= 1;
      items.push(item);
      if (item.kind === "object" || item.kind === "list") visit(item);
    }
    const rest = branch.items.slice(items.length);
    shown.set(branch, { items, more: rest.reduce((sum, item) => sum + countValues(item), 0) });
  }
}

/** Itself and all beneath it. */
function countValues(node: CallNode): number {
  return node.kind === "object" || node.kind === "list"
    ? node.items.reduce((sum, item) => sum + countValues(item), 1)
    : 1;
}

/** What can't be read as a call is shown as text, and is as short as that. */
export function isShortCall(command: string): boolean {
  if (!isShort(command)) return false;
  const root = parseCallTree(command);
  return root === null || (countValues(root) <= shownLinesMax && areShort(root));
}

function areShort(node: CallNode): boolean {
  if (node.kind === "object" || node.kind === "list") return node.items.every(areShort);
  return node.kind !== "text" || isShort(node.value);
}
