import type { Context, Hono } from 'hono';
import { AwsError } from '../aws-error.ts';
import type { AwsWorld } from '../aws-world.ts';
import { withFaults } from '../faults.ts';
import { onTrail, signerOf } from '../signed-call.ts';
import { createSimulatorApp } from '../simulator-app.ts';
import { authorise } from './ecr-access.ts';
import type { EcrAction, EcrCall, ReadRequest } from './ecr-action.ts';
import { repositoryArn } from './ecr-repository.ts';
import { getAuthorizationToken } from './authorization-token.ts';
import { imageActions } from './image-actions.ts';
import { layerActions } from './layer-actions.ts';
import { deleteRepositoryPolicy, getRepositoryPolicy, setRepositoryPolicy } from './policy-actions.ts';
import { createRepository, deleteRepository, describeRepositories } from './repository-actions.ts';

const targetPrefix = 'AmazonEC2ContainerRegistry_V20150921.';

/** How STS's requests, which have the same path, are told from ECR's. */
export function isForEcr(headers: Headers): boolean {
  return headers.get('x-amz-target')?.startsWith(targetPrefix) === true;
}

const actions: ReadonlyMap<string, EcrAction> = new Map(
  Object.entries({
    DescribeRepositories: describeRepositories,
    CreateRepository: createRepository,
    DeleteRepository: deleteRepository,
    GetRepositoryPolicy: getRepositoryPolicy,
    SetRepositoryPolicy: setRepositoryPolicy,
    DeleteRepositoryPolicy: deleteRepositoryPolicy,
    GetAuthorizationToken: getAuthorizationToken,
    ...imageActions,
    ...layerActions,
  }),
);

/** ECR's private registries (AWS JSON 1.1) of all accounts and regions of the world; other requests go on to the next. */
export function createEcrSimulator(world: AwsWorld): Hono {
  const app = createSimulatorApp();
  app.post('/', async (c, next) => {
    if (!isForEcr(c.req.raw.headers)) return next();
    const answer = await handle(world, c);
    // The SDK corrects a wrong clock by it.
    answer.headers.set('date', world.now().toUTCString());
    return answer;
  });
  return app;
}

async function handle(world: AwsWorld, c: Context): Promise<Response> {
  const name = c.req.header('x-amz-target')?.slice(targetPrefix.length) ?? '';
  try {
    const answer = await withFaults(world, `ecr:${name}`, {
      perform: (isStale) => authorisedAnswer(world, { name, isStale }, c),
      refuse({ status, code, message }) {
        throw new AwsError(status, code, message);
      },
    });
    return answerInJson(200, answer);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return answerInJson(error.status, { __type: error.code, message: error.message });
  }
}

async function authorisedAnswer(
  world: AwsWorld,
  { name, isStale }: { readonly name: string; readonly isStale: boolean },
  c: Context,
): Promise<object> {
  const { method, headers, url } = c.req.raw;
  const body = await c.req.text();
  const request = { method, headers, url: new URL(url), body };
  const { caller, region } = signerOf(world, request, { service: 'ecr', refusedStatus: 400 });
  const read = readRequest(name, body);
  const call = { world, caller, region, registryId: read.registryId ?? caller.accountId, isStale };
  const resources = resourcesOf(call, read);
  const action = `ecr:${name}`;
  return onTrail(world, { action, resource: resources.join(' '), caller: caller.arn }, () => {
    for (const resource of resources) {
      authorise(world, caller, { action, resource, policy: world.ecrRepositories.get(resource)?.policy });
    }
    return read.perform(call);
  });
}

function readRequest(name: string, body: string): ReadRequest {
  const action = actions.get(name);
  if (!action) throw new AwsError(400, 'UnknownOperationException', `${name} is not known here`);
  try {
    return action(JSON.parse(body));
  } catch (error) {
    throw error instanceof SyntaxError ? new AwsError(400, 'SerializationException', error.message) : error;
  }
}

function resourcesOf(call: EcrCall, { repositories }: ReadRequest): readonly string[] {
  if (repositories === 'none') return ['*'];
  const names = repositories === 'all' ? ['*'] : repositories;
  return names.map((one) => repositoryArn(call, one));
}

function answerInJson(status: number, content: object): Response {
  return new Response(JSON.stringify(content), { status, headers: { 'content-type': 'application/x-amz-json-1.1' } });
}
