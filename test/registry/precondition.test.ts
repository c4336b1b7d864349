import { describe, expect, it } from 'vitest';
import { entityTag, isSameSpec, requirePrecondition } from '../../src/registry/precondition.ts';

const spec = { displayName: 'Acme', repository: { owner: 'acme', name: 'infrastructure' } };
const present = { spec };

describe('an entity tag', () => {
  it('is strong, and says nothing but what the spec says', () => {
    expect(entityTag(spec)).toMatch(/^"[0-9a-f]{32}"$/);
    expect(entityTag({ repository: { name: 'infrastructure', owner: 'acme' }, displayName: 'Acme' })).toBe(
      entityTag(spec),
    );
    expect(entityTag({ ...spec, displayName: 'ACME' })).not.toBe(entityTag(spec));
  });
});

describe('a spec', () => {
  it('is the same in another order, and another one with one more value', () => {
    expect(isSameSpec({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBe(true);
    expect(isSameSpec({ a: 1 }, { a: 1, b: undefined })).toBe(true);
    expect(isSameSpec({ a: 1, b: [1, 2] }, { a: 1, b: [2, 1] })).toBe(false);
  });
});

describe('a precondition', () => {
  const fails = { code: 'precondition-failed' };
  it.each<[string, Parameters<typeof requirePrecondition>, boolean]>([
    ['none at all', [{ mustBeNew: false }, undefined], true],
    ['none, of what is there', [{ mustBeNew: false }, present], true],
    ['new, and there is none', [{ mustBeNew: true }, undefined], true],
    ['new, and there is one', [{ mustBeNew: true }, present], false],
    ['any, and there is one', [{ mustBeNew: false, ifMatch: ['*'] }, present], true],
    ['any, and there is none', [{ mustBeNew: false, ifMatch: ['*'] }, undefined], false],
    ['this one', [{ mustBeNew: false, ifMatch: [entityTag(spec)] }, present], true],
    ['another one', [{ mustBeNew: false, ifMatch: ['"0"'] }, present], false],
    ['a weak one', [{ mustBeNew: false, ifMatch: [`W/${entityTag(spec)}`] }, present], false],
  ])('%s: holds as it should', (_, [precondition, resource], holds) => {
    const check = () => requirePrecondition(precondition, resource);

    if (holds) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining(fails));
  });
});
