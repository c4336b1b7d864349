import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseManifests } from '../../src/flux-bootstrap/components-manifests.ts';
import { emitMapping } from '../../src/flux-bootstrap/components-yaml.ts';

describe('emitMapping', () => {
  // Written down from sigs.k8s.io/yaml 1.6.
  it.each([
    ['v2.9.2', 'v2.9.2'],
    ['1000m', '1000m'],
    ['--log-level=info', '--log-level=info'],
    ['http://a.$(B).svc.cluster.local./', 'http://a.$(B).svc.cluster.local./'],
    ['localhost:5000/helm-controller:v1', 'localhost:5000/helm-controller:v1'],
    ['e5', 'e5'],
    ['a#b', 'a#b'],
    ['', '""'],
    ['true', '"true"'],
    ['y', '"y"'],
    ['Off', '"Off"'],
    ['8080', '"8080"'],
    ['0x1F', '"0x1F"'],
    ['1.5', '"1.5"'],
    ['1e3', '"1e3"'],
    ['1:30', '"1:30"'],
    ['2026-01-02', '"2026-01-02"'],
    ['*', "'*'"],
    ['- a', "'- a'"],
    ['a: b', "'a: b'"],
    ['a:', "'a:'"],
    ['a #b', "'a #b'"],
    [' a', "' a'"],
    ["'a'", "'''a'''"],
    ["it's", "it's"],
    ['@a', "'@a'"],
    ['a\tb', '"a\\tb"'],
  ])('writes the string %j as Flux does', (text, written) => {
    expect(emitMapping({ key: text })).toBe(`key: ${written}\n`);
  });

  it('sorts keys, does not indent lists, and leaves out what is undefined', () => {
    const mapping = { b: [{ d: 1, c: ['x', []] }, 'z', {}], a: { e: null, f: false, g: {}, h: [] }, i: undefined };

    expect(emitMapping(mapping)).toBe(
      [
        'a:',
        '  e: null',
        '  f: false',
        '  g: {}',
        '  h: []',
        'b:',
        '- c:',
        '  - x',
        '  - []',
        '  d: 1',
        '- z',
        '- {}',
        '',
      ].join('\n'),
    );
  });

  it('writes a list in a list on the line of its dash', () => {
    expect(emitMapping({ a: [['b', 'c'], ['d']] })).toBe('a:\n- - b\n  - c\n- - d\n');
  });

  it('writes nothing that reads as anything else', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'grapheme' }),
      fc.stringMatching(/^[-+0-9a-fxo._:eE#'"yYnN{}[\]]{0,6}$/),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        text,
        fc.boolean(),
        fc.integer(),
        fc.constant(null),
        fc.array(tie('tree')),
        fc.dictionary(text, tie('tree')),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^k[a-z]{0,5}$/), tree), (mapping) => {
        const head = { apiVersion: 'v1', kind: 'Example', metadata: { name: 'x' } };

        const [read] = parseManifests(emitMapping({ ...mapping, ...head }));

        expect(read).toEqual({ ...mapping, ...head });
      }),
    );
  });
});
