import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  extraFluxComponents,
  fluxComponents,
  fluxDefaults,
  withFluxDefaults,
  withoutFluxDefaults,
} from '../../src/flux-bootstrap/flux-options.ts';
import type { SaidFluxOptions } from '../../src/flux-bootstrap/flux-options.ts';

const said: fc.Arbitrary<SaidFluxOptions> = fc.record(
  {
    version: fc.constantFrom('2.9.2', '2.8.0'),
    components: fc.subarray([...fluxComponents]),
    extraComponents: fc.subarray([...extraFluxComponents]),
    registry: fc.constantFrom(fluxDefaults.registry, 'registry.example/flux'),
    imagePullSecret: fc.constantFrom('regcred', undefined),
    networkPolicy: fc.boolean(),
    logLevel: fc.constantFrom('debug', 'info', 'error'),
    tolerationKeys: fc.subarray(['spot', 'dedicated']),
    watchAllNamespaces: fc.boolean(),
    interval: fc.constantFrom('1m0s', '5m0s'),
    compute: fc.constantFrom('nodes', 'fargate'),
  },
  { requiredKeys: ['version'] },
);

describe('the options of Flux', () => {
  it('are the same after the defaults were left out and filled in again', () => {
    fc.assert(
      fc.property(said, (options) => {
        const whole = withFluxDefaults(options);

        expect(withFluxDefaults(withoutFluxDefaults(whole))).toEqual(whole);
      }),
    );
  });

  it('are no more than the version where all of them are defaults', () => {
    expect(withoutFluxDefaults(withFluxDefaults({ version: '2.9.2' }))).toEqual({ version: '2.9.2' });
  });

  it('that are said count, even where they say that there is nothing', () => {
    expect(withFluxDefaults({ version: '2.9.2', components: [], networkPolicy: false })).toMatchObject({
      components: [],
      networkPolicy: false,
    });
  });
});
