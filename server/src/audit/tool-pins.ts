/**
 * Tools' definitions that are pinned, with what the log says of them. Their names and texts are a server's, and so payload.
 */
import type { Json } from "#/core/json.ts";
import type { RecordDraft } from "#/core/record.ts";
import type { PinnedTool, RejectedDefinition, ToolPins } from "#/core/tool-pin.ts";
import type { Store } from "#/store/store.ts";

export function createToolPins(store: Pick<Store, "saveTool" | "tools">): ToolPins {
  return {
    of: (connection) => store.tools(connection),
    pin: (tool, previous) => store.saveTool(tool, pinnedRecords(tool, previous)),
    reject: (tool, rejected) => store.saveTool(tool, [rejectedRecord(tool, rejected)]),
    noteChange: (tool, at) => store.saveTool(tool, [changedRecord(tool, at)]),
  };
}

function pinnedRecords(
  { connection, name, pinned }: PinnedTool,
  previous: PinnedTool | null,
): readonly RecordDraft[] {
  if (pinned === null) return [];
  const { person, digest, content, at } = pinned;
  const said = {
    connection,
    definition: digest,
    previous: previous?.pinned?.digest ?? null,
  };
  const record: RecordDraft = {
    type: person === null ? "tool.pinned" : "tool.accepted",
    at,
    action: null,
    review: null,
    body: person === null ? said : { ...said, person: person.id },
    payload: {
      content: content as Json,
      name,
      ...(person === null ? {} : { person: person.name }),
    },
  };
  return [record];
}

function rejectedRecord(
  { connection, name, pinned }: PinnedTool,
  { digest, content, person, at }: RejectedDefinition,
): RecordDraft {
  return {
    type: "tool.rejected",
    at,
    action: null,
    review: null,
    body: { connection, definition: digest, pinned: pinned?.digest ?? null, person: person.id },
    payload: { content: content as Json, name, person: person.name },
  };
}

function changedRecord({ connection, name, pinned, changed }: PinnedTool, at: number): RecordDraft {
  return {
    type: "tool.changed",
    at,
    action: null,
    review: null,
    body: {
      connection,
      definition: (changed ?? pinned)?.digest ?? null,
      pinned: pinned?.digest ?? null,
    },
    payload: { content: ((changed ?? pinned)?.content ?? null) as Json, name },
  };
}
