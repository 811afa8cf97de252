/** The third part of `gateway-secrets.test.ts`: tool calls, what comes with them, and what tool servers answer. */
import { testPlants } from "./support/planted-test.ts";
import { plantsOfCalls } from "./support/plants-of-calls.ts";
import { plantsOfMessages } from "./support/plants-of-messages.ts";
import { plantsOfTools } from "./support/plants-of-tools.ts";
import { plantsOfUpstreams } from "./support/plants-of-upstreams.ts";

testPlants([...plantsOfCalls, ...plantsOfMessages, ...plantsOfTools, ...plantsOfUpstreams]);
