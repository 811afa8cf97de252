/** Rows of SQLite have no prototype, which deep comparison and structured clone treat as a difference. */
export function plain<Shape extends object>(row: object): Shape {
  return { ...row } as Shape;
}
