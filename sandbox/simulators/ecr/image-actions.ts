import * as z from 'zod';
import { AwsError } from '../aws-error.ts';
import { type EcrAction, type EcrCall, repositoryAction, repositoryFields } from './ecr-action.ts';
import { type EcrImage, type EcrRepository, findRepository } from './ecr-repository.ts';
import { digestOf, findImage, layersOf, withImage } from './images.ts';
import { pageFields, pageOf } from './pages.ts';

/** ECR API reference, PutImage, BatchGetImage, DescribeImages and ListImages; images of several platforms are left out. */

const imageId = z.object({ imageDigest: z.string().optional(), imageTag: z.string().optional() });
const filter = z.object({ tagStatus: z.enum(['TAGGED', 'UNTAGGED', 'ANY']).default('ANY') }).prefault({});

const putImage = repositoryAction(
  z.object({
    ...repositoryFields,
    imageManifest: z.string().min(1),
    imageTag: z.string().min(1).max(300).optional(),
    imageDigest: z.string().optional(),
  }),
  (call, { repositoryName, imageManifest: manifest, imageTag: tag, imageDigest }) => {
    const repository = findRepository(call.world, call, repositoryName);
    const digest = digestOf(manifest);
    if (imageDigest !== undefined && imageDigest !== digest) {
      throw new AwsError(400, 'ImageDigestDoesNotMatchException', `The digest of the image is '${digest}'`);
    }
    if (findImage(repository, { imageDigest: digest, imageTag: tag })) {
      const message = `Image with digest '${digest}' and tag '${tag}' already exists in the repository with name '${repositoryName}' in registry with id '${call.registryId}'`;
      throw new AwsError(400, 'ImageAlreadyExistsException', message);
    }
    const changed = withImage(repository, { manifest, tag, pushedAt: call.world.now() });
    call.world.ecrRepositories.set(changed.arn, changed);
    return { image: formatImage(call, repositoryName, { digest, tag, manifest }) };
  },
);

const batchGetImage = repositoryAction(
  z.object({ ...repositoryFields, imageIds: z.array(imageId).min(1).max(100) }),
  (call, { repositoryName, imageIds }) => {
    const repository = findRepository(call.world, call, repositoryName);
    const found = imageIds.map((id) => ({ id, image: isEmpty(id) ? undefined : findImage(repository, id) }));
    return {
      images: found.flatMap(({ id, image }) =>
        image ? [formatImage(call, repositoryName, { ...image, tag: id.imageTag })] : [],
      ),
      failures: found.flatMap(({ id, image }) => (image ? [] : [failureOf(id)])),
    };
  },
);

const describeImages = repositoryAction(
  z.object({ ...repositoryFields, ...pageFields, filter, imageIds: z.array(imageId).min(1).max(100).optional() }),
  (call, { repositoryName, imageIds, filter: { tagStatus }, ...request }) => {
    const repository = findRepository(call.world, call, repositoryName);
    const images = imageIds?.map((id) => wanted(repository, id)) ?? repository.images;
    const matching = images.filter(({ tags }) => isOf(tagStatus, tags.length > 0));
    const { items, ...rest } = pageOf(matching, ({ digest }) => digest, request);
    return { imageDetails: items.map((image) => formatDetail(call, repository, image)), ...rest };
  },
);

const listImages = repositoryAction(
  z.object({ ...repositoryFields, ...pageFields, filter }),
  (call, { repositoryName, filter: { tagStatus }, ...request }) => {
    const ids = findRepository(call.world, call, repositoryName).images.flatMap(({ digest: imageDigest, tags }) =>
      tags.length > 0 ? tags.map((imageTag) => ({ imageDigest, imageTag })) : [{ imageDigest }],
    );
    const matching = ids.filter((id) => isOf(tagStatus, 'imageTag' in id));
    const { items, ...rest } = pageOf(matching, (id) => JSON.stringify(id), request);
    return { imageIds: items, ...rest };
  },
);

export const imageActions = {
  PutImage: putImage,
  BatchGetImage: batchGetImage,
  DescribeImages: describeImages,
  ListImages: listImages,
} satisfies Record<string, EcrAction>;

type ImageId = z.output<typeof imageId>;

function isEmpty({ imageDigest, imageTag }: ImageId): boolean {
  return imageDigest === undefined && imageTag === undefined;
}

function failureOf(id: ImageId): object {
  return isEmpty(id)
    ? { imageId: id, failureCode: 'MissingDigestAndTag', failureReason: 'Missing digest and tag' }
    : { imageId: id, failureCode: 'ImageNotFound', failureReason: 'Requested image not found' };
}

function wanted(repository: EcrRepository, id: ImageId): EcrImage {
  const image = isEmpty(id) ? undefined : findImage(repository, id);
  if (image) return image;
  const { name, accountId } = repository;
  const message = `The image with imageId ${JSON.stringify(id)} does not exist within the repository with name '${name}' in the registry with id '${accountId}'`;
  throw new AwsError(400, 'ImageNotFoundException', message);
}

function isOf(tagStatus: 'TAGGED' | 'UNTAGGED' | 'ANY', isTagged: boolean): boolean {
  return tagStatus === 'ANY' || (tagStatus === 'TAGGED') === isTagged;
}

function formatImage(
  { registryId }: EcrCall,
  repositoryName: string,
  { digest, tag, manifest }: { readonly digest: string; readonly tag: string | undefined; readonly manifest: string },
): object {
  const id = { imageDigest: digest, ...(tag !== undefined && { imageTag: tag }) };
  return { registryId, repositoryName, imageId: id, imageManifest: manifest };
}

function formatDetail({ registryId }: EcrCall, { name, layers }: EcrRepository, image: EcrImage): object {
  const sizes = layersOf(image).map((digest) => layers.get(digest) ?? 0);
  return {
    ...{ registryId, repositoryName: name, imageDigest: image.digest },
    ...(image.tags.length > 0 && { imageTags: image.tags }),
    imageSizeInBytes: sizes.reduce((sum, size) => sum + size, 0),
    imagePushedAt: image.pushedAt.getTime() / 1000,
    imageManifestMediaType: image.mediaType,
  };
}
