import { randomBytes } from 'node:crypto';
import { exampleCluster } from './example.ts';
import { allowEverything, type AwsWorld, clusterArn, createAwsWorld } from './simulators/aws-world.ts';
import { type Principal, snapshotAwsWorld } from './simulators/aws-world.ts';
import type { StateFile } from './state-directory.ts';

/** On AWS, the role of the product's function. */
const productArn = 'arn:aws:iam::999900009999:user/fleet-api';

export interface SandboxAws {
  readonly world: AwsWorld;
  readonly product: Principal;
}

/** AWS with the product's own user; of the example's account nothing yet. The product's keys are nowhere else. */
export function openAws(state: StateFile): SandboxAws {
  const save = (): void => state.write(snapshotAwsWorld(world));
  const world = createAwsWorld({ from: state.read(), onChange: save });
  const product = [...world.principals.values()].find(({ arn }) => arn === productArn) ?? makeProduct();
  world.principals.set(product.accessKeyId, product);
  save();
  return { world, product };
}

function makeProduct(): Principal {
  return {
    arn: productArn,
    accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    policy: allowEverything,
  };
}

/** Makes the cluster known to EKS, or its new address; its time of creation and its access entries stay as they were. */
export function putExampleCluster(
  { world }: SandboxAws,
  { url, certificateAuthority }: { readonly url: string; readonly certificateAuthority: string },
): void {
  const arn = clusterArn(exampleCluster);
  const previous = world.clusters.get(arn);
  const place = {
    endpoint: url,
    certificateAuthority: Buffer.from(certificateAuthority).toString('base64'),
  };
  world.clusters.set(arn, {
    ...{ arn, ...exampleCluster, status: 'ACTIVE', version: '1.34', createdAt: world.now() },
    ...{ endpointPublicAccess: true, endpointPrivateAccess: false, authenticationMode: 'API' },
    ...{ accessEntries: new Map(), ...previous, ...place },
  });
  world.onChange();
}
