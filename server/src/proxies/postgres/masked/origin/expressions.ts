/** For each output of a statement whether it may hold what is masked; null: any of them may. `plan`: none of them does. */
export type Expressions = readonly boolean[] | null | "plan";
