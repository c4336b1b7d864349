import { LambdaClient } from '@aws-sdk/client-lambda';
import { serve } from '@hono/node-server';
import { onTestFinished } from 'vitest';

import type { Engine } from '../../../sandbox/engine/engine.ts';
import { createLambdaApi } from '../../../sandbox/engine/lambda-api.ts';

/** Any HTTP application on a free port, closed when the test ends. */
export async function serveOnFreePort(fetch: (request: Request) => Response | Promise<Response>): Promise<string> {
  const port = await new Promise<number>((resolve) => {
    const server = serve({ fetch, hostname: '127.0.0.1', port: 0 }, (address) => resolve(address.port));
    onTestFinished(() => void server.close());
  });
  return `http://127.0.0.1:${port}`;
}

export function lambdaClient(endpoint: string): LambdaClient {
  const client = new LambdaClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' },
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return client;
}

/** Lambda's API in front of an engine, and the AWS SDK's client for it. */
export async function lambdaOf(engine: Engine): Promise<LambdaClient> {
  return lambdaClient(await serveOnFreePort(createLambdaApi(engine).fetch));
}
