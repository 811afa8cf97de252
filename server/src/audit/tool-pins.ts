/**
 * Tools' definitions that are pinned, with what the log says of them. Their names and texts are a server's, and so payload.
 */
import type { Json } from "#/core/json.ts";
import type { RecordDraft } from "#/core/record.ts";
import type { PinnedTool, ToolPins } from "#/core/tool-pin.ts";
import type { Store } from "#/store/store.ts";

export function createToolPins(store: Pick<Store, "saveTool" | "tools">): ToolPins {
  return {
    of: (connection) => store.tools(connection),
    pin: (tool, previous) => store.saveTool(tool, [pinnedRecord(tool, previous)]),
    noteChange: (tool, at) => store.saveTool(tool, [changedRecord(tool, at)]),
  };
}

function pinnedRecord(
  { connection, name, pinned }: PinnedTool,
  previous: PinnedTool | null,
): RecordDraft {
  const { person, digest, content, at } = pinned;
  const said = {
    connection,
    definition: digest,
    previous: previous?.pinned.digest ?? null,
  };
  return {
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
}

function changedRecord({ connection, name, pinned, changed }: PinnedTool, at: number): RecordDraft {
  return {
    type: "tool.changed",
    at,
    action: null,
    review: null,
    body: { connection, definition: changed?.digest ?? pinned.digest, pinned: pinned.digest },
    payload: { content: (changed ?? pinned).content as Json, name },
  };
}
