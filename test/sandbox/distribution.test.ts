import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sandboxFluxVersion } from '../../sandbox/example.ts';
import { createDirectoryDistributions } from '../../src/adapters/distribution-directory.ts';
import { parseManifests } from '../../src/flux-bootstrap/components-manifests.ts';
import { extraFluxComponents, withFluxDefaults } from '../../src/flux-bootstrap/flux-options.ts';
import { missingComponents, renderComponents } from '../../src/flux-bootstrap/render-components.ts';
import type { Distribution } from '../../src/ports/distributions.ts';

const root = join(import.meta.dirname, '..', '..', 'sandbox', 'distributions');
const options = withFluxDefaults({ version: sandboxFluxVersion, extraComponents: extraFluxComponents });
let distribution: Distribution;

beforeAll(async () => {
  const loaded = await createDirectoryDistributions(root).load(sandboxFluxVersion, new AbortController().signal);
  if (loaded.kind !== 'loaded') throw new Error(loaded.detail);
  distribution = loaded.distribution;
});

describe("the sandbox's distribution", () => {
  it('has every component that a cluster may ask for, and each brings its Deployment', () => {
    const { objects } = renderComponents(distribution, options);

    const deployments = objects.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name);
    expect(missingComponents(distribution, options)).toEqual([]);
    expect(deployments).toEqual([...options.components, ...options.extraComponents]);
  });

  it('brings the CRDs by which the product and the Flux CLI see that Flux is there', () => {
    const { objects } = renderComponents(distribution, options);

    const crds = objects.filter(({ kind }) => kind === 'CustomResourceDefinition').map(({ metadata }) => metadata.name);
    expect(crds).toEqual(
      expect.arrayContaining([
        'gitrepositories.source.toolkit.fluxcd.io',
        'kustomizations.kustomize.toolkit.fluxcd.io',
        'helmreleases.helm.toolkit.fluxcd.io',
      ]),
    );
  });

  it('says of every object, and on top of every file, that it is not Flux', () => {
    const texts = [...distribution.files.values()];

    const annotations = texts.flatMap(parseManifests).map(({ metadata }) => metadata.annotations);
    expect(texts.filter((text) => !text.startsWith("# Part of the sandbox's own small distribution"))).toEqual([]);
    expect(new Set(annotations.map((one) => one?.['sandbox.fleet-api/distribution']))).toEqual(new Set(['small']));
  });

  it('renders to a file that reads as the objects that are applied', () => {
    const { yaml, objects } = renderComponents(distribution, options);

    expect(parseManifests(yaml)).toEqual(objects);
  });
});
