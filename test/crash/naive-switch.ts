import type { Invariant } from './auditor.ts';
import type { Carelessness } from './product-life.ts';
import type { Point } from './wire.ts';

/** What a careless engineer would have written: it breaks one promise, and the laboratory must find out which. */
export interface NaiveSwitch {
  readonly name: string;
  /** In which scenario it shows, and by what. */
  readonly scenario: string;
  readonly invariant: Invariant;
  /** Where a life has to end for it to show; nowhere: it shows without. */
  readonly points: readonly Point[];
  readonly careless: Carelessness;
}
