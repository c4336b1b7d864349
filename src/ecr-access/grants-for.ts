import { covers, isLive, isSameRegistry } from './ecr-grant.ts';
import type { EcrGrantRecord, EcrRegistry } from './ecr-grant.ts';

/** The grants that give a right to the repository now. */
export function grantsFor(
  records: readonly EcrGrantRecord[],
  place: { readonly registry: EcrRegistry; readonly repository: string },
  now: Date,
): readonly EcrGrantRecord[] {
  return records.filter(
    (record) =>
      isLive(record, now) &&
      covers(record.spec, place.repository) &&
      isSameRegistry(record.spec.registry, place.registry),
  );
}
