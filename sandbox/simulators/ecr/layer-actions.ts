import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from '../aws-error.ts';
import { type EcrAction, type EcrCall, repositoryAction, repositoryFields } from './ecr-action.ts';
import { type EcrRepository, findRepository } from './ecr-repository.ts';
import { digestOf, layersOf, withLayer } from './images.ts';

/**
 * ECR API reference, BatchCheckLayerAvailability, GetDownloadUrlForLayer, InitiateLayerUpload, UploadLayerPart and
 * CompleteLayerUpload. Parts may be small here (LayerPartTooSmallException never comes).
 */

const digest = z.string().regex(/^[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+$/);
/** AWS CLI reference, "initiate-layer-upload", its example. */
const partSize = 10_485_760;

const batchCheckLayerAvailability = repositoryAction(
  z.object({ ...repositoryFields, layerDigests: z.array(z.string()).min(1).max(100) }),
  (call, { repositoryName, layerDigests }) => {
    const { layers } = findRepository(call.world, call, repositoryName);
    const isValid = (one: string): boolean => digest.safeParse(one).success;
    return {
      layers: layerDigests.filter(isValid).map((layerDigest) => {
        const layerSize = layers.get(layerDigest);
        return layerSize === undefined
          ? { layerDigest, layerAvailability: 'UNAVAILABLE' }
          : { layerDigest, layerAvailability: 'AVAILABLE', layerSize };
      }),
      failures: layerDigests
        .filter((one) => !isValid(one))
        .map((layerDigest) => ({
          layerDigest,
          failureCode: 'InvalidLayerDigest',
          failureReason: 'Invalid layer digest',
        })),
    };
  },
);

/** Nothing is served at the address: that it is given proves the right to pull. */
const getDownloadUrlForLayer = repositoryAction(
  z.object({ ...repositoryFields, layerDigest: digest }),
  (call, { repositoryName, layerDigest }) => {
    const { layers, images } = findRepository(call.world, call, repositoryName);
    if (!layers.has(layerDigest)) throw new AwsError(400, 'LayersNotFoundException', `No layer '${layerDigest}'`);
    if (!images.some((image) => layersOf(image).includes(layerDigest))) {
      const message = `The layer '${layerDigest}' is not associated with an image`;
      throw new AwsError(400, 'LayerInaccessibleException', message);
    }
    return { downloadUrl: `https://layers.ecr.example/${layerDigest}`, layerDigest };
  },
);

const initiateLayerUpload = repositoryAction(z.object(repositoryFields), (call, { repositoryName }) => {
  const repository = findRepository(call.world, call, repositoryName);
  const uploadId = randomUUID();
  keepUpload(call, repository, { uploadId, content: new Uint8Array() });
  return { uploadId, partSize };
});

const uploadLayerPart = repositoryAction(
  z.object({
    ...repositoryFields,
    uploadId: z.string(),
    partFirstByte: z.int().min(0),
    partLastByte: z.int().min(0),
    layerPartBlob: z.base64(),
  }),
  (call, { repositoryName, uploadId, partFirstByte, partLastByte, layerPartBlob }) => {
    const repository = findRepository(call.world, call, repositoryName);
    const soFar = findUpload(repository, uploadId);
    const part = Buffer.from(layerPartBlob, 'base64');
    if (partFirstByte !== soFar.byteLength || partLastByte - partFirstByte + 1 !== part.byteLength) {
      const message = `The part from ${partFirstByte} to ${partLastByte} does not follow the ${soFar.byteLength} bytes before it`;
      throw new AwsError(400, 'InvalidLayerPartException', message);
    }
    keepUpload(call, repository, { uploadId, content: Buffer.concat([soFar, part]) });
    return { registryId: call.registryId, repositoryName, uploadId, lastByteReceived: partLastByte };
  },
);

const completeLayerUpload = repositoryAction(
  z.object({ ...repositoryFields, uploadId: z.string(), layerDigests: z.array(digest).min(1).max(100) }),
  (call, { repositoryName, uploadId, layerDigests }) => {
    const repository = findRepository(call.world, call, repositoryName);
    const content = findUpload(repository, uploadId);
    if (content.byteLength === 0) throw new AwsError(400, 'EmptyUploadException', 'The upload has no parts');
    const layerDigest = digestOf(content);
    if (!layerDigests.includes(layerDigest)) {
      throw new AwsError(400, 'InvalidLayerException', `The digest of the layer is '${layerDigest}'`);
    }
    if (repository.layers.has(layerDigest)) {
      throw new AwsError(400, 'LayerAlreadyExistsException', `The layer '${layerDigest}' already exists`);
    }
    const uploads = new Map(repository.uploads);
    uploads.delete(uploadId);
    call.world.ecrRepositories.set(repository.arn, { ...withLayer(repository, content), uploads });
    return { registryId: call.registryId, repositoryName, uploadId, layerDigest };
  },
);

export const layerActions = {
  BatchCheckLayerAvailability: batchCheckLayerAvailability,
  GetDownloadUrlForLayer: getDownloadUrlForLayer,
  InitiateLayerUpload: initiateLayerUpload,
  UploadLayerPart: uploadLayerPart,
  CompleteLayerUpload: completeLayerUpload,
} satisfies Record<string, EcrAction>;

function findUpload({ uploads }: EcrRepository, uploadId: string): Uint8Array {
  const content = uploads.get(uploadId);
  if (!content) throw new AwsError(400, 'UploadNotFoundException', `There is no upload '${uploadId}'`);
  return content;
}

function keepUpload(
  { world }: EcrCall,
  repository: EcrRepository,
  { uploadId, content }: { readonly uploadId: string; readonly content: Uint8Array },
): void {
  const uploads = new Map(repository.uploads).set(uploadId, content);
  world.ecrRepositories.set(repository.arn, { ...repository, uploads });
}
