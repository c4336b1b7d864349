import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDirectoryDistributions } from '../../src/adapters/distribution-directory.ts';
import type { Distribution } from '../../src/ports/distributions.ts';
import { sharedRig } from '../support/e2e/rig-access.ts';
import { fluxVersion } from '../support/e2e/world.ts';
import { compareWithFluxInstall, installCases, optionsOf } from './flux-install-oracle.ts';

const rig = sharedRig();
const rows: string[] = [];
let distribution: Distribution;

beforeAll(async () => {
  const distributions = createDirectoryDistributions(rig.env().rig.distributionsDirectory);
  const loaded = await distributions.load(fluxVersion, AbortSignal.timeout(60_000));
  if (loaded.kind !== 'loaded') throw new Error(loaded.detail);
  distribution = loaded.distribution;
});

afterAll(() => {
  const header = row(['options', 'objects', 'same objects', 'same order', 'same bytes']);
  console.log(['gotk-components.yaml against flux install --export:', header, ...rows].join('\n'));
});

describe('gotk-components.yaml holds the objects of flux install --export', () => {
  it.each(installCases)('$title', async (installCase) => {
    const options = optionsOf(installCase, fluxVersion);

    const compared = await compareWithFluxInstall({ fluxCli: rig.env().fluxCli, distribution, options });

    const { objects, differences, isSameOrder, isSameText } = compared;
    rows.push(
      row([installCase.title, String(objects), ...[differences.length === 0, isSameOrder, isSameText].map(yesOrNo)]),
    );
    expect(objects).toBeGreaterThan(0);
    expect(differences).toEqual([]);
  });

  it('is compared for the default, each option alone and at least eight combinations', () => {
    const optionsOfCases = installCases.map(({ options }) => Object.keys(options));

    const alone = new Set(optionsOfCases.filter((names) => names.length === 1).flat());
    expect([...alone].toSorted()).toEqual([
      ...['clusterDomain', 'components', 'extraComponents', 'imagePullSecret', 'logLevel', 'networkPolicy', 'registry'],
      ...['tolerationKeys', 'watchAllNamespaces'],
    ]);
    expect(optionsOfCases.filter((names) => names.length === 0)).toHaveLength(1);
    expect(optionsOfCases.filter((names) => names.length > 1).length).toBeGreaterThanOrEqual(8);
  });
});

function row([title = '', ...cells]: readonly string[]): string {
  return `  ${title.padEnd(48)}${cells.map((cell) => cell.padStart(14)).join('')}`;
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'NO';
}
