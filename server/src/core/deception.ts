/** What can be there in a tool's definition that a person is to look at, in words for that person. */
export const deceptionKinds = {
  bidirectional: "Signs that turn the direction of what follows",
  invisible: "Signs that nobody sees",
  tags: "Letters that only machines read (tag characters)",
  homoglyphs: "A word of letters from several scripts that look alike",
  alike: "Its name reads as that of another tool of the server",
  comment: "A comment of HTML or Markdown, which is shown to nobody",
  orders: "Orders to the model",
  secrecy: "It asks for silence towards the person",
  urgency: "A block that is marked as important to the model",
  other_tools: "It says how other tools are to be used",
  secrets: "It asks for secrets",
  files: "It asks for files that hold secrets",
  conversation: "It asks for what was said in the conversation",
  encoded: "A long text in which something else is encoded",
  buried: "Text far behind blanks or line breaks, where nobody looks",
  too_long: "More text than a definition has use for",
} as const;
export type DeceptionKind = keyof typeof deceptionKinds;

export interface Deception {
  readonly kind: DeceptionKind;
  /** Keys that lead to the text, by dots. */
  readonly at: string;
  /** The words themselves, cut; what hides in them is a stranger's, to be made visible by whoever shows it. */
  readonly words: string;
}
