/** The embedded engine, in its thread and with the real ledger, passes what every engine has to pass. */
import { storeConformance } from "#/store/conformance.ts";
import { openTestStore } from "./support/sqlite-store.ts";

storeConformance("sqlite", openTestStore);
