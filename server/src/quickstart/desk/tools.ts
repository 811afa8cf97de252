/**
 * The tools of the sample's help desk: what each is called and takes, and what it does, which is nothing outside of this process.
 *
 * Must not know the protocol: what is called wrongly throws a `ToolProblem`, in words for the model.
 */
import { type Ticket, tickets } from "./tickets.ts";

export interface Tool {
  readonly definition: {
    readonly name: string;
    readonly title: string;
    readonly description: string;
    readonly inputSchema: Readonly<Record<string, unknown>>;
    readonly annotations: Readonly<Record<string, boolean>>;
  };
  /** What the model reads of it. Throws a `ToolProblem`. */
  readonly run: (args: Arguments) => string;
}

export type Arguments = Readonly<Record<string, unknown>>;

export class ToolProblem extends Error {
  override readonly name = "ToolProblem";
}

const ticketId = { type: "integer", minimum: 1, description: "Its number" };

/** Of one process, which forgets all of it at its end. */
export function deskTools(): readonly Tool[] {
  const refunded = new Map<number, number>();
  return [
    {
      definition: {
        name: "list_tickets",
        title: "List tickets",
        description: "Lists the tickets of the help desk with their numbers and subjects.",
        inputSchema: {
          type: "object",
          properties: { status: { enum: ["open", "closed"], description: "Only those" } },
          additionalProperties: false,
        },
        annotations: { readOnlyHint: true, openWorldHint: false },
      },
      run: ({ status }) =>
        tickets
          .filter((ticket) => status === undefined || ticket.status === status)
          .map((ticket) => `#${ticket.id} (${ticket.status}) ${ticket.subject}`)
          .join("\n"),
    },
    {
      definition: {
        name: "read_ticket",
        title: "Read a ticket",
        description: "Shows what a customer wrote.",
        inputSchema: {
          type: "object",
          properties: { ticket: ticketId },
          required: ["ticket"],
          additionalProperties: false,
        },
        annotations: { readOnlyHint: true, openWorldHint: true },
      },
      run(args) {
        const { id, customer, subject, status, text } = ticketOf(args);
        return `#${id} (${status}) ${subject}\nFrom: ${customer}\n\n${text}`;
      },
    },
    {
      definition: {
        name: "refund",
        title: "Refund a customer",
        description: "Pays money back to the customer of a ticket.",
        inputSchema: {
          type: "object",
          properties: {
            ticket: ticketId,
            amount: { type: "integer", minimum: 1, maximum: 5_000, description: "In whole EUR" },
            reason: { type: "string", maxLength: 500, description: "For the books" },
          },
          required: ["ticket", "amount"],
          additionalProperties: false,
        },
        annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
      },
      run(args) {
        const { id, customer } = ticketOf(args);
        const amount = wholeNumber(args, "amount");
        const sum = (refunded.get(id) ?? 0) + amount;
        refunded.set(id, sum);
        return `Refunded ${amount} EUR to ${customer}: ${sum} EUR in all for ticket #${id}.`;
      },
    },
    {
      definition: {
        name: "send_mail",
        title: "Send a mail",
        description: "Sends a mail to anybody.",
        inputSchema: {
          type: "object",
          properties: {
            to: { type: "string", format: "email" },
            subject: { type: "string", maxLength: 200 },
            body: { type: "string", maxLength: 10_000 },
          },
          required: ["to", "subject", "body"],
          additionalProperties: false,
        },
        annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: true },
      },
      run({ to, subject, body }) {
        if ([to, subject, body].some((each) => typeof each !== "string" || each === "")) {
          throw new ToolProblem('"to", "subject" and "body" are texts.');
        }
        return `The sample desk keeps its mail: nothing was sent to ${to as string}.`;
      },
    },
  ];
}

function ticketOf(args: Arguments): Ticket {
  const id = wholeNumber(args, "ticket");
  const found = tickets.find((ticket) => ticket.id === id);
  if (found === undefined) throw new ToolProblem(`There is no ticket #${id}.`);
  return found;
}

function wholeNumber(args: Arguments, name: string): number {
  const value = args[name];
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  throw new ToolProblem(`"${name}" is a whole number above 0.`);
}
