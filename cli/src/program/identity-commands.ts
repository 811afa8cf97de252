/** Who comes in, and how. */
import { createLink, createToken, signIn, signOut } from "../commands/identity.ts";
import { type Add, withJson, withUrl } from "./options.ts";

export const addIdentityCommands: Add = (program, context, finish) => {
  withJson(
    program.command("sign-in <url>").description("redeem a sign-in link, and keep the session"),
  ).action((url: string, options) => finish(signIn(context, url, options)));
  withJson(withUrl(program.command("sign-out").description("forget a session"))).action((options) =>
    finish(signOut(context, options)),
  );
  const agent = program.command("agent").description("agents").helpCommand(false);
  withJson(
    withUrl(agent.command("create <name>").description("give a declared agent a new token")),
  ).action((name: string, options) => finish(createToken(context, name, options)));
  const person = program.command("person").description("people").helpCommand(false);
  withJson(
    withUrl(person.command("link <name>").description("make a one-time sign-in link")),
  ).action((name: string, options) => finish(createLink(context, name, options)));
};
