/** What every client's program does, and how it tells of it: one line of JSON for each thing that it heard. */
export const calls = [
  ["read_notes", { customer: "dana" }],
  ["add_note", { customer: "dana", note: "prefers coffee" }],
  ["delete_customer", { customer: "dana" }],
];

export const url = process.env.MCP_URL;
export const headers = { Authorization: `Bearer ${process.env.MCP_TOKEN}` };

export function tell(what, heard) {
  process.stdout.write(`${JSON.stringify([what, heard])}\n`);
}

export function sorted(names) {
  return names.toSorted((a, b) => a.localeCompare(b));
}
