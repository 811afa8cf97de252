/**
 * Words of tools' names, and what a tool that is named by them is taken for. A word that is not here says nothing.
 *
 * Where a word names a thing as often as a deed it stands by the deed, as long as that is the worse of the two.
 */
export type WordClass = "read" | "write" | "destructive" | "send" | "program";

const words: Readonly<Record<WordClass, string>> = {
  read:
    "analyse analyze browse calculate check compare convert count describe diff discover download estimate examine explain explore " +
    "fetch find get grep has head help info inspect is list logs lookup ls measure monitor ping poll preview query read recall recent " +
    "retrieve scan screenshot search show snapshot stat stats status suggest summarise summarize summary tail take " +
    "think thinking trace tree validate verify view wait watch which whoami",
  write:
    "accept activate add adjust allocate amend append apply approve assign attach authorize backup block book build capture " +
    "change charge checkout click clone close commit complete configure confirm connect copy create deploy dismiss dispatch draft compose drag " +
    "edit enable expose fill finalize fork generate grant handle hover import increment init insert install invoke join label " +
    "launch link lock login make manage mark merge migrate modify mouse move open patch pause pay pin plan play press provision put " +
    "react record refund register rename reopen reorder replace reserve resize resolve restart restore resume retry " +
    "rotate save scale schedule scroll select set sign snooze star start store submit subscribe switch sync tag toggle transfer " +
    "transition trigger type undo unassign unlock unmark unsnooze unstar unsubscribe update upgrade upsert use write",
  destructive:
    "abort ban clean cleanup clear cordon deactivate decline decommission delete deny deprovision destroy detach disable discard " +
    "disconnect drain drop empty erase evict expire flush force kill overwrite prune purge reject " +
    "remove reset revert revoke rm rollback shutdown stop suspend taint terminate trash truncate unassociate uninstall " +
    "unlink unpublish void wipe archive cancel",
  send:
    "ask broadcast call comment contact crawl curl email export forward gist goto http invite mail message navigate notify " +
    "post publish push reply respond scrape send share sms speak tweet upload webhook",
  program: "bash command cypher eval evaluate exec execute graphql run script shell sql terminal",
};

/** The worse wins where a word stands in two rows. */
export const strength: readonly WordClass[] = ["read", "write", "send", "destructive", "program"];

export const wordClasses: ReadonlyMap<string, WordClass> = new Map(
  strength.flatMap((wordClass) =>
    words[wordClass].split(" ").map((word) => [word, wordClass] as const),
  ),
);

/** `getUserByID`, `get-user_by.id`: get, user, by, id. */
export function wordsOf(name: string): readonly string[] {
  return name
    .normalize("NFKC")
    .replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1 $2")
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}
