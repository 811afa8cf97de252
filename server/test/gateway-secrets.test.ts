/**
 * What is secret or somebody's own comes out where it is meant to, and in no form anywhere else: a table of inputs, in
 * which everything is planted that the product takes, and a table of outputs, in each of which everything is looked for.
 *
 * A new input is one row (`support/plants-of-*.ts`), a new output one name (`support/plant.ts`) and how it is collected
 * (`support/planted-outputs.ts`). What is asked of a database and said of it is in `gateway-secrets-data.test.ts`.
 */
import { testPlants } from "./support/planted-test.ts";
import { plantsOfOperators } from "./support/plants-of-operators.ts";
import { plantsOfPeople } from "./support/plants-of-people.ts";
import { plantsOfRequests } from "./support/plants-of-requests.ts";
import { plantsOfSessions } from "./support/plants-of-sessions.ts";

testPlants([...plantsOfOperators, ...plantsOfSessions, ...plantsOfPeople, ...plantsOfRequests]);
