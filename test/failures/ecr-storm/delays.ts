import type { SeededRandom } from '../../support/seeded-random.ts';

/** How long calls take on their way, in milliseconds of virtual time, and what becomes of them there. */
export interface Delays {
  table(): number;
  ecr(): number;
  /** Of the two calls around which a late writer does harm: what it is about to write, and the write. */
  atWriting(): number;
  /** What goes wrong with a call of ECR's: turned away, or its answer is lost. */
  mishap(): 'throttled' | 'answer-lost' | undefined;
}

export function stormDelays(random: SeededRandom): Delays {
  /** Many of them are longer than an attempt may take: it wakes when others have gone on. */
  const heldUp = () => random.between(20_000, 150_000);
  function delay(shares: { readonly held: number; readonly slow: number }, usual: readonly [number, number]): number {
    const chance = random.next();
    if (chance < shares.held) return heldUp();
    return chance < shares.held + shares.slow ? random.between(200, 2000) : random.between(...usual);
  }
  return {
    table: () => delay({ held: 0.0002, slow: 0.02 }, [1, 6]),
    ecr: () => delay({ held: 0.001, slow: 0.03 }, [5, 40]),
    atWriting: () => delay({ held: 0.012, slow: 0.1 }, [1, 40]),
    mishap() {
      const chance = random.next();
      if (chance < 0.01) return 'throttled';
      return chance < 0.02 ? 'answer-lost' : undefined;
    },
  };
}
