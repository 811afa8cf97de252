export function presentTime(at: number): string {
  return new Date(at).toISOString();
}

export function presentTimeOrNull(at: number | null): string | null {
  return at === null ? null : presentTime(at);
}
