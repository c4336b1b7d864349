import { exactly, snapshotCluster } from './cluster-snapshot.ts';
import type { World, WorldCluster } from './world.ts';

/** All that a bootstrap could change: the repository with its keys, the cluster with all its objects, EKS. */
export async function observe(world: World, { api, address }: WorldCluster) {
  return {
    repository: await world.repository.snapshot(),
    cluster: exactly(await snapshotCluster(api)),
    accessEntries: await world.aws.cluster(address).then(
      ({ accessEntries }) => accessEntries,
      () => 'EKS does not know the cluster',
    ),
  };
}
