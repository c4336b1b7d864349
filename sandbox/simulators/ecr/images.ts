import { createHash } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from '../aws-error.ts';
import { invalidParameter } from './ecr-error.ts';
import type { EcrImage, EcrRepository } from './ecr-repository.ts';

/** How images and their layers stand in a repository; the SDK's actions are in `image-actions.ts`, `layer-actions.ts`. */

/** OCI image manifest, as much of it as ECR looks at. */
const manifestSchema = z.object({
  mediaType: z.string().default('application/vnd.oci.image.manifest.v1+json'),
  config: z.object({ digest: z.string() }),
  layers: z.array(z.object({ digest: z.string() })),
});

export function digestOf(content: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** Digests of the layers, the configuration among them: it is uploaded as they are. */
export function layersOf({ manifest }: Pick<EcrImage, 'manifest'>): readonly string[] {
  const { config, layers } = readManifest(manifest);
  return [config, ...layers].map(({ digest }) => digest);
}

export function withLayer(repository: EcrRepository, content: Uint8Array): EcrRepository {
  return { ...repository, layers: new Map(repository.layers).set(digestOf(content), content.byteLength) };
}

/** A tag is taken from the image that had it. */
export function withImage(
  repository: EcrRepository,
  {
    manifest,
    tag,
    pushedAt,
  }: { readonly manifest: string; readonly tag?: string | undefined; readonly pushedAt: Date },
): EcrRepository {
  const missing = layersOf({ manifest }).filter((digest) => !repository.layers.has(digest));
  if (missing.length > 0) {
    throw new AwsError(400, 'LayersNotFoundException', `Layers with digests '${missing.join(', ')}' not found`);
  }
  const digest = digestOf(manifest);
  const known = repository.images.find((image) => image.digest === digest);
  const { mediaType } = readManifest(manifest);
  const image: EcrImage = { tags: [], pushedAt, ...known, digest, manifest, mediaType };
  const others = repository.images
    .filter((one) => one.digest !== digest)
    .map((one) => ({ ...one, tags: one.tags.filter((other) => other !== tag) }));
  const tags = [...image.tags.filter((one) => one !== tag), ...(tag === undefined ? [] : [tag])];
  return { ...repository, images: [...others, { ...image, tags }] };
}

/** An image of one small layer, as if somebody had pushed it. */
export function withSmallImage(repository: EcrRepository, tag: string, pushedAt: Date): EcrRepository {
  const [config, layer] = [Buffer.from('{}'), Buffer.from(`layer of ${tag}`)];
  const described = (content: Uint8Array) => ({ digest: digestOf(content), size: content.byteLength });
  const manifest = JSON.stringify({ schemaVersion: 2, config: described(config), layers: [described(layer)] });
  return withImage(withLayer(withLayer(repository, config), layer), { manifest, tag, pushedAt });
}

export function findImage(
  { images }: EcrRepository,
  { imageDigest, imageTag }: { readonly imageDigest?: string | undefined; readonly imageTag?: string | undefined },
): EcrImage | undefined {
  return images.find(
    ({ digest, tags }) =>
      (imageDigest === undefined || digest === imageDigest) && (imageTag === undefined || tags.includes(imageTag)),
  );
}

function readManifest(text: string): z.output<typeof manifestSchema> {
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch {
    throw invalidParameter('ImageManifest', 'Invalid JSON syntax');
  }
}
