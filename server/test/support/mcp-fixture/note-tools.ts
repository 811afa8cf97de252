/** What an office's server has: tools that read, change, destroy and send. How often each ran, is counted. */
import { type Arguments, type FixtureTool, schemaOf, text } from "./fixture-tool.ts";

export interface Ran {
  readonly tool: string;
  readonly given: Arguments;
}

export function noteTools(ran: (call: Ran) => void): readonly FixtureTool[] {
  return [
    {
      name: "read_notes",
      description: "Reads the notes of a customer",
      annotations: { readOnlyHint: true, openWorldHint: false },
      inputSchema: schemaOf({ customer: { type: "string" } }),
      run: counted("read_notes", ({ customer }) => `Notes of ${String(customer)}: prefers tea.`),
    },
    {
      name: "add_note",
      description: "Adds a note to a customer",
      annotations: { destructiveHint: false, openWorldHint: false },
      inputSchema: schemaOf({ customer: { type: "string" }, note: { type: "string" } }),
      run: counted("add_note", ({ customer }) => `Added to ${String(customer)}.`),
    },
    {
      name: "delete_customer",
      description: "Deletes a customer",
      annotations: { destructiveHint: true, openWorldHint: false },
      inputSchema: schemaOf({ customer: { type: "string" } }),
      run: counted("delete_customer", ({ customer }) => `Deleted ${String(customer)}.`),
    },
    {
      name: "send_mail",
      description: "Sends a mail",
      annotations: { destructiveHint: false, openWorldHint: true },
      inputSchema: schemaOf({ to: { type: "string" }, body: { type: "string" } }),
      run: counted("send_mail", ({ to }) => `Sent to ${String(to)}.`),
    },
  ];

  function counted(tool: string, answer: (given: Arguments) => string): FixtureTool["run"] {
    return (given) => {
      ran({ tool, given });
      return text(answer(given));
    };
  }
}
