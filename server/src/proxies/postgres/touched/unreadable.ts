/** Why the columns of a statement can't be told, in a sentence without data. Never leaves this folder. */
export class Unreadable extends Error {}
