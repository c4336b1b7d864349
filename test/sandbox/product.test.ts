import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startProduct } from '../../sandbox/product.ts';
import type { Product } from '../../sandbox/product.ts';
import { createLog } from '../../src/log.ts';
import { useServedDynalite } from '../support/fleet-table.ts';

const dynamo = useServedDynalite();
let directory = '';
const running = new Set<Product>();
const lines: string[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'product-'));
});

afterEach(async () => {
  for (const product of running) await product.stop();
  running.clear();
  await rm(directory, { recursive: true });
});

/** Nothing of it stands in the environment of this process. */
function environment(table: string): Record<string, string> {
  return {
    ...{ AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.url(),
    FLEET_TABLE: table,
    FLEET_TRUSTED_PRINCIPAL_ARN: 'arn:aws:iam::999988887777:role/fleet-api',
    FLEET_GIT_HOSTS: JSON.stringify([
      {
        ...{ name: 'git.example', kind: 'gitea', apiUrl: `${dynamo.url()}/api/v1`, sshUrl: 'ssh://git@git.example' },
        ...{ knownHosts: 'git.example ssh-ed25519 AAAA', tokenFile: join(directory, 'token') },
      },
    ]),
    FLEET_DISTRIBUTIONS_DIRECTORY: directory,
    FLEET_BOOTSTRAP_FUNCTION_ARN: 'arn:aws:lambda:eu-west-1:999988887777:function:bootstrap:live',
    FLEET_ECR_FUNCTION_ARN: 'arn:aws:lambda:eu-west-1:999988887777:function:ecr:live',
  };
}

async function start(name: string, port?: number): Promise<Product> {
  const product = await startProduct({
    env: environment(name),
    directory: join(directory, name),
    log: createLog((line) => lines.push(line)),
    ...(port !== undefined && { port }),
  });
  running.add(product);
  return product;
}

async function putCustomer(product: Product): Promise<number> {
  const repository = { host: 'git.example', owner: 'acme', name: 'infrastructure', branch: 'main' };
  const body = JSON.stringify({ displayName: 'Acme', repository });
  const headers = { 'content-type': 'application/json' };
  return (await fetch(`${product.url}/v1/customers/acme`, { method: 'PUT', headers, body })).status;
}

const getCustomer = async (product: Product): Promise<number> =>
  (await fetch(`${product.url}/v1/customers/acme`)).status;

describe('startProduct', () => {
  it('runs several products in one process, each with settings of its own', async () => {
    const one = await start('fleet-one');
    const other = await start('fleet-other');

    const status = await putCustomer(one);

    expect([status, await getCustomer(one), await getCustomer(other)]).toEqual([201, 200, 404]);
  });

  it('goes on with what was kept when it is started again', async () => {
    const first = await start('fleet-again');
    await putCustomer(first);
    await first.stop();
    running.delete(first);

    const second = await start('fleet-again');

    expect(await getCustomer(second)).toBe(200);
  });

  it('listens no more once it is stopped', async () => {
    const product = await start('fleet-stopped');
    await product.stop();
    running.delete(product);

    const answers = await Promise.allSettled([product.url, product.engineUrl].map((url) => fetch(url)));

    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('refuses a port that is taken, and leaves nothing running', async () => {
    const product = await start('fleet-port');
    const port = Number(new URL(product.url).port);

    await expect(start('fleet-port-too', port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
