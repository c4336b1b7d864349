import { createAwsApp } from '../../sandbox/aws-app.ts';
import { listen } from '../../sandbox/listen.ts';
import { createAwsWorld } from '../../sandbox/simulators/aws-world.ts';
import type { AwsWorld, AwsWorldOptions } from '../../sandbox/simulators/aws-world.ts';

export interface AwsSimulators {
  readonly world: AwsWorld;
  readonly url: string;
  /** Sets something in the world as another process would: `PUT /_world/…`. */
  put(path: string, body: unknown): Promise<void>;
  patch(path: string, body: unknown): Promise<void>;
  delete(path: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the simulators on a free port of 127.0.0.1, because the AWS SDK wants an address. */
export async function startAwsSimulators(options: AwsWorldOptions = {}): Promise<AwsSimulators> {
  const world = createAwsWorld(options);
  const app = createAwsApp(world);
  const { url, close } = await listen(app.fetch);

  async function change(method: string, path: string, body?: unknown): Promise<void> {
    const answer = await app.request(`/_world/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) {
      throw new Error(`${method} /_world/${path}: ${await answer.text()}`);
    }
  }
  return {
    world,
    url,
    put: (path, body) => change('PUT', path, body),
    patch: (path, body) => change('PATCH', path, body),
    delete: (path) => change('DELETE', path),
    stop: close,
  };
}

/** Our own principal in the provider's account, and a customer's role that trusts it with the ExternalId. */
export const provider = {
  accessKeyId: 'AKIAPROVIDER00000000',
  secretAccessKey: 'provider-secret',
  arn: 'arn:aws:iam::999988887777:user/fleet-api',
} as const;

export function trustPolicy(externalId: string, principalArn: string = provider.arn): object {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: principalArn },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': externalId } },
      },
    ],
  };
}
