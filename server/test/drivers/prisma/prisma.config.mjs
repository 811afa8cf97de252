/** `generate` runs no engine of the schema, and would fetch one all the same: its script names a stand-in. */
import { defineConfig } from "prisma/config";

export default defineConfig({ schema: "schema.prisma" });
