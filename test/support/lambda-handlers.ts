/** The functions behind the gateway as they are deployed: they read their settings when they are loaded. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, vi } from 'vitest';
import type { ServedDynalite } from './fleet-table.ts';
import { restEvent, type RestAnswer, type RestRequest } from './rest-event.ts';

type Handler = (event: object) => Promise<RestAnswer>;

export interface LambdaHandlers {
  /** Calls the function that serves the registry, as the gateway does. */
  readonly api: (request: RestRequest) => Promise<RestAnswer>;
  /** Calls the function that looks into customers' accounts. */
  readonly inspect: (request: RestRequest) => Promise<RestAnswer>;
}

/** Every service that the functions speak to is at the server's address. The environment is as before in the end. */
export function useLambdaHandlers(dynamo: ServedDynalite): LambdaHandlers {
  const directory = mkdtempSync(join(tmpdir(), 'lambda-'));
  const before = { ...process.env };
  const handlers = new Map<'api' | 'inspect', Handler>();
  beforeAll(async () => {
    const table = await dynamo.table();
    writeFileSync(join(directory, 'openapi.yaml'), 'openapi: 3.1.0\n');
    Object.assign(process.env, environmentOf({ directory, url: dynamo.url(), table: table.name }));
    // Another file may have loaded them in this process, with its settings.
    vi.resetModules();
    const api = await import('../../src/lambdas/api.ts');
    const inspect = await import('../../src/lambdas/inspect.ts');
    handlers.set('api', api.handler as Handler).set('inspect', inspect.handler as Handler);
  });
  afterAll(() => {
    for (const name of Object.keys(process.env)) if (!(name in before)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);
    rmSync(directory, { recursive: true, force: true });
  });
  const caller = (name: 'api' | 'inspect') => async (request: RestRequest) => {
    const handler = handlers.get(name);
    if (!handler) throw new Error('the functions are loaded within tests only');
    return handler(restEvent(request));
  };
  return { api: caller('api'), inspect: caller('inspect') };
}

function environmentOf({ directory, url, table }: Readonly<Record<'directory' | 'url' | 'table', string>>) {
  const gitHost = {
    ...{ name: 'git.example', kind: 'gitea', apiUrl: `${url}/api/v1`, sshUrl: 'ssh://git@git.example' },
    ...{ knownHosts: 'git.example ssh-ed25519 AAAA', tokenFile: join(directory, 'token') },
  };
  return {
    ...{ AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    AWS_ENDPOINT_URL: url,
    FLEET_TABLE: table,
    FLEET_TRUSTED_PRINCIPAL_ARN: 'arn:aws:iam::999988887777:role/fleet-api',
    FLEET_GIT_HOSTS: JSON.stringify([gitHost]),
    FLEET_DISTRIBUTIONS_DIRECTORY: directory,
    FLEET_BOOTSTRAP_FUNCTION_ARN: 'arn:aws:lambda:eu-west-1:999988887777:function:bootstrap:live',
    FLEET_ECR_FUNCTION_ARN: 'arn:aws:lambda:eu-west-1:999988887777:function:ecr:live',
    FLEET_OPENAPI_FILE: join(directory, 'openapi.yaml'),
  };
}

export function headerOf(answer: RestAnswer, name: string): string | undefined {
  return answer.headers?.[name] ?? answer.multiValueHeaders?.[name]?.[0];
}
