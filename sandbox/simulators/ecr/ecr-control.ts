import type { Context, Hono } from 'hono';
import * as z from 'zod';
import type { AwsWorld } from '../aws-world.ts';
import { name } from './ecr-action.ts';
import { missingForLambda } from './ecr-access.ts';
import type { EcrRepository } from './ecr-repository.ts';
import { findRepository, newRepository, replacePolicy, repositoryArn } from './ecr-repository.ts';
import { withSmallImage } from './images.ts';
import { shownPolicy, storedPolicy } from './policy-principals.ts';
import { formatPolicy } from './policy-text.ts';
import { readPolicyText } from './repository-policy.ts';

const repositoryBody = z.strictObject({
  encryption: z
    .strictObject({ type: z.enum(['AES256', 'KMS', 'KMS_DSSE']), kmsKey: z.string().optional() })
    .default({ type: 'AES256' }),
  /** The document, not its text; `null`: none. */
  policy: z.record(z.string(), z.unknown()).nullable().optional(),
  /** Each of an image of its own, beside the images that are there. */
  tags: z.array(z.string()).default([]),
});

const accountBody = z.strictObject({
  organizationId: z.string().startsWith('o-').optional(),
  exists: z.boolean().default(true),
});

/** The part of `/_world` that is about ECR. */
export function ecrRoutes(app: Hono, world: AwsWorld): void {
  const route = '/_world/ecr/:accountId/:region/:name{.+}';
  app.put(route, async (c) => c.json(view(world, put(world, c, await c.req.json()))));
  app.get(route, (c) => c.json(view(world, find(world, c))));
  app.delete(route, (c) => {
    world.ecrRepositories.delete(find(world, c).arn);
    return c.body(null, 204);
  });
  app.get('/_world/ecr-history', (c) => c.json(world.ecrHistory));
  app.put('/_world/accounts/:accountId', async (c) => {
    world.accounts.set(c.req.param('accountId'), accountBody.parse(await c.req.json()));
    return c.body(null, 204);
  });
  app.put('/_world/role-visibility', async (c) => {
    world.roleVisibilitySeconds = z.strictObject({ seconds: z.number().min(0) }).parse(await c.req.json()).seconds;
    return c.body(null, 204);
  });
  app.get('/_world/lambda-pull', (c) => {
    const { repository, function: functionArn } = z
      .object({ repository: z.string(), function: z.string().startsWith('arn:') })
      .parse(c.req.query());
    const missing = missingForLambda(world, repositoryAt(world, repository), functionArn);
    return c.json({ isAllowed: missing.length === 0, missing });
  });
}

/** A policy is checked as SetRepositoryPolicy checks it, but for who sets it; without one, the one that is there stays. */
function put(world: AwsWorld, c: Context, body: unknown): EcrRepository {
  const { encryption, policy, tags } = repositoryBody.parse(body);
  const place = placeOf(c);
  const known = world.ecrRepositories.get(repositoryArn(place, place.name));
  const { createdAt } = known ?? { createdAt: world.now() };
  const made = newRepository(place, { name: name.parse(place.name), createdAt, encryption });
  const repository = tags.reduce((one, tag) => withSmallImage(one, tag, world.now()), {
    ...made,
    ...known,
    encryption,
  });
  const stored = policy && storedPolicy(world, repository, readPolicyText(JSON.stringify(policy)));
  world.ecrRepositories.set(repository.arn, repository);
  return policy === undefined
    ? repository
    : replacePolicy(world, repository, { policy: stored ?? undefined, by: 'somebody' });
}

function find(world: AwsWorld, c: Context): EcrRepository {
  const place = placeOf(c);
  return findRepository(world, place, place.name);
}

function repositoryAt(world: AwsWorld, arn: string): EcrRepository {
  const [, , , region = '', registryId = ''] = arn.split(':');
  return findRepository(world, { region, registryId }, arn.slice(arn.indexOf('/') + 1));
}

function view(world: AwsWorld, repository: EcrRepository): object {
  const { arn, createdAt, encryption, policy, images } = repository;
  const shown: unknown = policy ? JSON.parse(formatPolicy(shownPolicy(world, policy))) : null;
  return { arn, createdAt, encryption, policy: shown, images: images.map(({ digest, tags }) => ({ digest, tags })) };
}

function placeOf(c: Context): { readonly registryId: string; readonly region: string; readonly name: string } {
  const [registryId, region, repository] = [c.req.param('accountId'), c.req.param('region'), c.req.param('name')];
  return { registryId: registryId ?? '', region: region ?? '', name: repository ?? '' };
}
