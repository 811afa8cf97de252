/** The other half of `gateway-secrets.test.ts`: commands, what comes with them, and what a database answers. */
import { testPlants } from "./support/planted-test.ts";
import { plantsOfCommands } from "./support/plants-of-commands.ts";
import { plantsOfData } from "./support/plants-of-data.ts";
import { plantsOfResults } from "./support/plants-of-results.ts";

testPlants([...plantsOfCommands, ...plantsOfData, ...plantsOfResults]);
