/** What is shown is read again because it has changed. */
import type { QueryClient, QueryFilters } from "@tanstack/react-query";

/**
 * What is being read in this moment may have been read before it changed: that goes on, and is read once more when it is over,
 * however often it changes meanwhile.
 */
export function readAgain(queries: QueryClient, filters: QueryFilters): void {
  const underWay = queries.getQueryCache().findAll({ ...filters, fetchStatus: "fetching" });
  void queries.invalidateQueries(filters, { cancelRefetch: false });
  for (const { queryKey, promise } of underWay) {
    const again = () =>
      void queries.invalidateQueries({ queryKey, exact: true }, { cancelRefetch: false });
    void promise?.then(again, again);
  }
}
