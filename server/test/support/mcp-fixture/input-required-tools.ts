/** Tools that ask by an answer that is not the last, as servers of 2026-07-28 do. */
import { randomBytes } from "node:crypto";
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  createRequestStateCodec,
  type InputRequests,
  inputRequired,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { type FixtureTool, schemaOf, text } from "./fixture-tool.ts";

/** What comes back from a client is the server's own, or the request is refused before a tool sees it. */
export const requestState = createRequestStateCodec<{ readonly round: number }>({
  key: randomBytes(32),
});

const askName = () => askFor("What is your name?", "name", "string");
const askToConfirm = () => askFor("Please confirm", "ok", "boolean");

export const inputRequiredTools: readonly FixtureTool[] = [
  {
    name: "test_input_required_result_elicitation",
    description: "Asks for a name",
    run: (_, context) => {
      const name = answered(context, "user_name")?.["name"];
      if (typeof name === "string") return text(`Hello, ${name}!`);
      return inputRequired({ inputRequests: { user_name: askName() } });
    },
  },
  {
    name: "test_input_required_result_sampling",
    description: "Asks the client's model",
    run: (_, { mcpReq }) => {
      const answer = mcpReq.inputResponses?.["capital_question"];
      if (answer !== undefined) return text(JSON.stringify(answer));
      const capital_question = askModel("What is the capital of France?");
      return inputRequired({ inputRequests: { capital_question } });
    },
  },
  {
    name: "test_missing_capability",
    description: "Asks the client's model, of clients that have none too",
    run: (_, { mcpReq }) =>
      mcpReq.inputResponses?.["answer"] === undefined
        ? inputRequired({ inputRequests: { answer: askModel("Say: pong") } })
        : text("The model answered."),
  },
  {
    name: "test_input_required_result_list_roots",
    description: "Asks for the client's roots",
    run: (_, { mcpReq }) => {
      const answer = mcpReq.inputResponses?.["client_roots"];
      if (answer !== undefined) return text(JSON.stringify(answer));
      return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } });
    },
  },
  {
    name: "test_input_required_result_request_state",
    description: "Asks, and takes back what it has to remember",
    run: async (_, context) => {
      if (rounds(context) === 1 && answered(context, "confirm") !== undefined) {
        return text("state-ok");
      }
      return inputRequired({
        inputRequests: { confirm: askToConfirm() },
        requestState: await requestState.mint({ round: 1 }),
      });
    },
  },
  {
    name: "test_input_required_result_tampered_state",
    description: "Takes back nothing but what it gave",
    run: async (_, context) => {
      if (rounds(context) === 1 && answered(context, "confirm") !== undefined) return text("Kept.");
      return inputRequired({
        inputRequests: { confirm: askToConfirm() },
        requestState: await requestState.mint({ round: 1 }),
      });
    },
  },
  {
    name: "test_input_required_result_multiple_inputs",
    description: "Asks for three things at once",
    run: async (_, { mcpReq }) => {
      const inputRequests: InputRequests = {
        user_name: askName(),
        greeting: askModel("Generate a greeting"),
        client_roots: inputRequired.listRoots(),
      };
      const answers = mcpReq.inputResponses ?? {};
      if (Object.keys(inputRequests).every((key) => key in answers)) {
        return text(JSON.stringify(answers));
      }
      return inputRequired({ inputRequests, requestState: await requestState.mint({ round: 1 }) });
    },
  },
  {
    name: "test_input_required_result_multi_round",
    description: "Asks twice, one after the other",
    run: async (_, context) => {
      const round = rounds(context);
      if (round === 2) return text(`You like ${String(answered(context, "step2")?.["color"])}.`);
      const inputRequests: InputRequests =
        round === 0
          ? { step1: askFor("Step 1: What is your name?", "name", "string") }
          : { step2: askFor("Step 2: What is your favorite color?", "color", "string") };
      return inputRequired({
        inputRequests,
        requestState: await requestState.mint({ round: round + 1 }),
      });
    },
  },
  {
    name: "test_input_required_result_capabilities",
    description: "Asks for nothing that the client has not declared",
    run: (_, { mcpReq }) => {
      const envelope = mcpReq.envelope as { readonly [key: string]: unknown } | undefined;
      const declared = envelope?.[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined;
      const inputRequests: InputRequests = {
        ...(declared?.elicitation === undefined ? {} : { user_name: askName() }),
        ...(declared?.sampling === undefined ? {} : { greeting: askModel("Greet") }),
        ...(declared?.roots === undefined ? {} : { client_roots: inputRequired.listRoots() }),
      };
      const asksNothing = Object.keys(inputRequests).length === 0;
      if (asksNothing || mcpReq.inputResponses !== undefined) return text("Nothing more to ask.");
      return inputRequired({ inputRequests });
    },
  },
];

export function askFor(message: string, property: string, type: "string" | "boolean") {
  const requestedSchema = schemaOf({ [property]: { type } });
  return inputRequired.elicit({ message, requestedSchema: requestedSchema as never });
}

function askModel(words: string) {
  return inputRequired.createMessage({
    messages: [{ role: "user", content: { type: "text", text: words } }],
    maxTokens: 100,
  });
}

function answered({ mcpReq }: ServerContext, key: string) {
  return acceptedContent<Readonly<Record<string, unknown>>>(mcpReq.inputResponses, key);
}

function rounds({ mcpReq }: ServerContext): number {
  return mcpReq.requestState<{ readonly round: number }>()?.round ?? 0;
}
