import {
  BatchCheckLayerAvailabilityCommand,
  BatchGetImageCommand,
  CompleteLayerUploadCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  GetDownloadUrlForLayerCommand,
  InitiateLayerUploadCommand,
  ListImagesCommand,
  PutImageCommand,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf, pullImage, pushImage } from '../../support/ecr-client.ts';
import { account, type EcrSimulator, owner, startEcr, statement, stranger } from './ecr-simulator.ts';

const path = `ecr/${account}/eu-west-1/app`;
const address = { registryId: account, repositoryName: 'app' };
const image = { ...address, imageTag: 'v1' };
const pull = ['BatchCheckLayerAvailability', 'BatchGetImage', 'GetDownloadUrlForLayer', 'DescribeImages', 'ListImages'];
const push = ['InitiateLayerUpload', 'UploadLayerPart', 'CompleteLayerUpload', 'PutImage'];

let ecr: EcrSimulator;

beforeEach(async () => {
  ecr = await startEcr();
  await ecr.put(path, { tags: ['v1'] });
});

afterEach(() => ecr.stop());

async function grant(actions: readonly string[]): Promise<void> {
  const Statement = [statement({ Action: actions.map((one) => `ecr:${one}`) })];
  await ecr.put(path, { policy: { Version: '2012-10-17', Statement } });
}

describe('across accounts', () => {
  it('pulling takes each of its actions, and no more', async () => {
    for (const missing of pull) {
      await grant(pull.filter((one) => one !== missing));
      await expect(pullImage(ecr.client(stranger), image), missing).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringContaining(`ecr:${missing} `) as string,
      });
    }

    await grant(pull);
    expect(await pullImage(ecr.client(stranger), image)).toContain('layers');
    await expect(pushImage(ecr.client(stranger), image, 'evil')).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  it('what was pushed is what is pulled', async () => {
    await grant([...pull, ...push]);

    const pushed = await pushImage(ecr.client(stranger), { ...image, imageTag: 'v2' }, 'theirs');

    expect(await pullImage(ecr.client(owner), { ...image, imageTag: 'v2' })).toBe(pushed);
  });
});

describe('images', () => {
  it('are listed by tag, and described with their size', async () => {
    const { imageIds } = await ecr.client(owner).send(new ListImagesCommand(address));
    const { imageDetails } = await ecr.client(owner).send(new DescribeImagesCommand(address));

    const [imageDigest] = imageIds?.map((one) => one.imageDigest) ?? [];
    expect(imageIds).toEqual([{ imageDigest, imageTag: 'v1' }]);
    expect(imageDetails).toMatchObject([{ imageDigest, imageTags: ['v1'], imageSizeInBytes: '{}layer of v1'.length }]);
  });

  it('lose their tag to the one that it is given to', async () => {
    await pushImage(ecr.client(owner), image, 'newer');

    const untagged = await ecr
      .client(owner)
      .send(new ListImagesCommand({ ...address, filter: { tagStatus: 'UNTAGGED' } }));
    const tagged = await ecr.client(owner).send(new ListImagesCommand({ ...address, filter: { tagStatus: 'TAGGED' } }));
    expect([untagged.imageIds, tagged.imageIds]).toMatchObject([[{}], [{ imageTag: 'v1' }]]);
  });

  it('are pushed once, and with all of their layers', async () => {
    const imageManifest = await pushImage(ecr.client(owner), image, 'newer');

    const again = new PutImageCommand({ ...image, imageManifest });
    await expect(ecr.client(owner).send(again)).rejects.toMatchObject({ name: 'ImageAlreadyExistsException' });
    const unknown = imageManifest.replaceAll(/sha256:[0-9a-f]{4}/g, 'sha256:0000');
    const bare = new PutImageCommand({ ...image, imageManifest: unknown });
    await expect(ecr.client(owner).send(bare)).rejects.toMatchObject({ name: 'LayersNotFoundException' });
  });

  it('that are not there are failures of a batch, and refused alone', async () => {
    const imageIds = [{ imageTag: 'v1' }, { imageTag: 'v9' }, {}];
    const { images, failures } = await ecr.client(owner).send(new BatchGetImageCommand({ ...address, imageIds }));

    expect(images?.map(({ imageId }) => imageId?.imageTag)).toEqual(['v1']);
    expect(failures?.map(({ failureCode }) => failureCode)).toEqual(['ImageNotFound', 'MissingDigestAndTag']);
    const alone = new DescribeImagesCommand({ ...address, imageIds: [{ imageTag: 'v9' }] });
    await expect(ecr.client(owner).send(alone)).rejects.toMatchObject({ name: 'ImageNotFoundException' });
  });

  it('keep their repository from being deleted but by force', async () => {
    const deleted = (force: boolean) => ecr.client(owner).send(new DeleteRepositoryCommand({ ...address, force }));

    await expect(deleted(false)).rejects.toMatchObject({ name: 'RepositoryNotEmptyException' });
    await deleted(true);
  });
});

describe('layers', () => {
  const content = Buffer.from('a layer');

  async function upload(): Promise<{ uploadId: string | undefined }> {
    const { uploadId } = await ecr.client(owner).send(new InitiateLayerUploadCommand(address));
    return { uploadId };
  }

  it('come in parts that follow each other, and are what their digest says', async () => {
    const { uploadId } = await upload();
    const part = (from: number, to: number) =>
      ecr.client(owner).send(
        new UploadLayerPartCommand({
          ...{ ...address, uploadId, partFirstByte: from, partLastByte: to - 1 },
          layerPartBlob: content.subarray(from, to),
        }),
      );
    const complete = (digest: string) =>
      ecr.client(owner).send(new CompleteLayerUploadCommand({ ...address, uploadId, layerDigests: [digest] }));

    await expect(complete(digestOf(content))).rejects.toMatchObject({ name: 'EmptyUploadException' });
    await part(0, 3);
    await expect(part(4, 7)).rejects.toMatchObject({ name: 'InvalidLayerPartException' });
    await part(3, 7);
    await expect(complete(digestOf('another'))).rejects.toMatchObject({ name: 'InvalidLayerException' });
    await complete(digestOf(content));
    await expect(complete(digestOf(content))).rejects.toMatchObject({ name: 'UploadNotFoundException' });

    // Of no image yet.
    const download = new GetDownloadUrlForLayerCommand({ ...address, layerDigest: digestOf(content) });
    await expect(ecr.client(owner).send(download)).rejects.toMatchObject({ name: 'LayerInaccessibleException' });
  });

  it('are known or not', async () => {
    const layerDigests = [digestOf('layer of v1'), digestOf('another'), 'x'];
    const check = new BatchCheckLayerAvailabilityCommand({ ...address, layerDigests });

    expect(await ecr.client(owner).send(check)).toMatchObject({
      layers: [{ layerAvailability: 'AVAILABLE', layerSize: 11 }, { layerAvailability: 'UNAVAILABLE' }],
      failures: [{ layerDigest: 'x', failureCode: 'InvalidLayerDigest' }],
    });
  });
});
