import { createHash } from 'node:crypto';
import {
  BatchCheckLayerAvailabilityCommand,
  BatchGetImageCommand,
  CompleteLayerUploadCommand,
  DescribeImagesCommand,
  type ECRClient,
  GetAuthorizationTokenCommand,
  GetDownloadUrlForLayerCommand,
  InitiateLayerUploadCommand,
  ListImagesCommand,
  PutImageCommand,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr';

/** An image in somebody's registry. */
export interface ImageAddress {
  readonly registryId: string;
  readonly repositoryName: string;
  readonly imageTag: string;
}

/** What ECR is asked for when a client pulls an image, and looks for it before; rejects with the first refusal. */
export async function pullImage(client: ECRClient, { imageTag, ...repository }: ImageAddress): Promise<string> {
  await client.send(new GetAuthorizationTokenCommand());
  await client.send(new ListImagesCommand(repository));
  await client.send(new DescribeImagesCommand({ ...repository, imageIds: [{ imageTag }] }));
  const { images } = await client.send(new BatchGetImageCommand({ ...repository, imageIds: [{ imageTag }] }));
  const manifest = images?.[0]?.imageManifest ?? '';
  const { layers } = JSON.parse(manifest) as { layers: { digest: string }[] };
  const layerDigests = layers.map(({ digest }) => digest);
  await client.send(new BatchCheckLayerAvailabilityCommand({ ...repository, layerDigests }));
  for (const layerDigest of layerDigests) {
    await client.send(new GetDownloadUrlForLayerCommand({ ...repository, layerDigest }));
  }
  return manifest;
}

/** What ECR is asked for when a client pushes an image of one layer; rejects with the first refusal. */
export async function pushImage(
  client: ECRClient,
  { imageTag, ...repository }: ImageAddress,
  content: string,
): Promise<string> {
  await client.send(new GetAuthorizationTokenCommand());
  const [config, layer] = [`{"of":"${content}"}`, content];
  for (const blob of [config, layer]) await pushLayer(client, repository, Buffer.from(blob));
  const imageManifest = JSON.stringify({
    schemaVersion: 2,
    config: { digest: digestOf(config) },
    layers: [{ digest: digestOf(layer) }],
  });
  await client.send(new PutImageCommand({ ...repository, imageTag, imageManifest }));
  return imageManifest;
}

async function pushLayer(
  client: ECRClient,
  repository: Omit<ImageAddress, 'imageTag'>,
  layerPartBlob: Uint8Array,
): Promise<void> {
  const layerDigests = [digestOf(layerPartBlob)];
  const { layers } = await client.send(new BatchCheckLayerAvailabilityCommand({ ...repository, layerDigests }));
  if (layers?.[0]?.layerAvailability === 'AVAILABLE') return;
  const { uploadId } = await client.send(new InitiateLayerUploadCommand(repository));
  const [partFirstByte, partLastByte] = [0, layerPartBlob.byteLength - 1];
  await client.send(
    new UploadLayerPartCommand({ ...repository, uploadId, partFirstByte, partLastByte, layerPartBlob }),
  );
  await client.send(new CompleteLayerUploadCommand({ ...repository, uploadId, layerDigests }));
}

export function digestOf(content: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
