import { expect, it } from 'vitest';
import { expectProblem } from '../../support/problems.ts';
import { putCluster, useFleets } from '../../support/route-fleet.ts';

const fleets = useFleets();
const invalid = { status: 400, code: 'invalid-request' };
const flux = (fields: object) => ({ flux: { version: '2.9.2', ...fields } });

it.each<[string, object]>([
  ['/accountId', { accountId: '1' }],
  ['/region', { region: 'Europe' }],
  ['/eksName', { eksName: '-a' }],
  ['/environment', { environment: '' }],
  ['/labels/tier', { labels: { tier: 'go/ld' } }],
  ['/labels', { labels: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`l${n}`, ''])) }],
  ['/access', { access: 'root' }],
  ['/unknown', { unknown: 1 }],
  ['/flux', { flux: undefined }],
  ['/flux/unknown', flux({ unknown: 1 })],
  ['/flux/version', flux({ version: 'v2.9.2' })],
  ['/flux/version', flux({ version: 'latest' })],
  ['/flux/components', flux({ components: ['helm-controller'] })],
  ['/flux/components', flux({ components: ['source-controller', 'kustomize-controller', 'source-controller'] })],
  ['/flux/components/0', flux({ components: ['sauce-controller'] })],
  ['/flux/extraComponents/0', flux({ extraComponents: ['helm-controller'] })],
  ['/flux/registry', flux({ registry: 'https://ghcr.io' })],
  ['/flux/imagePullSecret', flux({ imagePullSecret: 'Not A Name' })],
  ['/flux/networkPolicy', flux({ networkPolicy: 'no' })],
  ['/flux/logLevel', flux({ logLevel: 'trace' })],
  ['/flux/clusterDomain', flux({ clusterDomain: 'cluster.local.' })],
  ['/flux/tolerationKeys/0', flux({ tolerationKeys: ['a b'] })],
  ['/flux/watchAllNamespaces', flux({ watchAllNamespaces: 1 })],
  ['/flux/interval', flux({ interval: '60' })],
  ['/flux/interval', flux({ interval: '9s' })],
  ['/flux/compute', flux({ compute: 'ec2' })],
])('refuses a spec at %s: %o', async (pointer, spec) => {
  const fleet = await fleets.empty();

  const problem = await expectProblem(putCluster(fleet, spec), invalid);

  expect(problem['errors']).toMatchObject([{ pointer }]);
  expect(problem['detail']).toContain(pointer);
  expect(fleet.faults.registry.calls).toEqual([]);
});

it('names every fault at once, with pointers as RFC 6901 writes them', async () => {
  const fleet = await fleets.empty();

  const problem = await expectProblem(putCluster(fleet, { region: '', 'a/b~c': 1 }), invalid);

  expect(problem['errors']).toHaveLength(2);
  expect(problem['errors']).toContainEqual({ pointer: '/a~1b~0c', detail: 'is not a field of this resource' });
});
