import { expect, it } from 'vitest';
import type { Holder, Registry } from '../../src/ports/registry.ts';

const grant = { customer: 'acme', grant: 'staging-pull', operationId: 'op-1' } as const satisfies Holder;
const registryHolder = { customer: 'acme', registry: '333344445555/eu-west-1', operationId: 'op-1' } as const;

/** Claims of what is no cluster: of a grant, of a registry. */
export function claimsOfOthers(given: () => Registry): void {
  it.each<[string, Holder]>([
    ['a grant', grant],
    ['a registry', registryHolder],
  ])('let one operation have %s, also before it is there', async (_, mine) => {
    const registry = given();
    const theirs = { ...mine, operationId: 'op-2' };

    expect(await registry.claim(mine)).toEqual({ kind: 'claimed' });
    expect(await registry.claim(mine)).toEqual({ kind: 'claimed' });
    expect(await registry.claim(theirs)).toEqual({ kind: 'held', operationId: 'op-1' });
    await registry.release(theirs);
    expect(await registry.claim(theirs)).toEqual({ kind: 'held', operationId: 'op-1' });
    expect(await registry.claim({ ...theirs, instead: { id: 'op-1' } })).toEqual({ kind: 'claimed' });
    await registry.release(theirs);
    expect(await registry.claim(mine)).toEqual({ kind: 'claimed' });
  });

  it('are of one customer, and of one kind, alone', async () => {
    const registry = given();
    await registry.createRuntime('acme', 'staging-pull', 0);

    expect(await registry.claim(grant)).toEqual({ kind: 'claimed' });
    expect(await registry.claim({ ...grant, customer: 'globex', operationId: 'op-2' })).toEqual({ kind: 'claimed' });
    expect(await registry.claim({ customer: 'acme', cluster: 'staging-pull', operationId: 'op-3' })).toEqual({
      kind: 'claimed',
    });
  });
}
