/** The engine that npm carries: the other one would be fetched when it is first used. */
import { PrismaPg } from "@prisma/adapter-pg";
import { defineConfig } from "prisma/config";
import { target } from "./run.mjs";

export default defineConfig({
  schema: "schema.prisma",
  experimental: { adapter: true },
  engine: "js",
  adapter: async () => new PrismaPg(target),
});
