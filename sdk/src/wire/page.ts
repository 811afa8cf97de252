export interface Page<Item> {
  readonly items: readonly Item[];
  /** Hand it back as `cursor` for the next page; null at the end. */
  readonly next: string | null;
}
