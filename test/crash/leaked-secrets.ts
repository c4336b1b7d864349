/** I5: what is secret in a run stands nowhere but in its one store, in whatever form. */
import type { RunRecord } from './crash-run.ts';
import type { CrashWorld } from './crash-world.ts';
import { appKeyPem } from './github-side.ts';
import { type Canary, canaryOf, findBearers, findCanaries, pemCanary, privateKeyCanary } from './secret-forms.ts';
import { provider } from '../support/aws-simulators.ts';

export async function leakedSecrets({ world }: RunRecord): Promise<readonly string[]> {
  const canaries = canariesOf(world);
  return Object.entries(await artefactsOf(world)).flatMap(([where, text]) =>
    [...findCanaries(text, canaries), ...findBearers(text)].map((name) => `${name} in ${where}`),
  );
}

function canariesOf(world: CrashWorld): readonly Canary[] {
  const eksTokens = world.tenants.flatMap((tenant) => [...world.clusters.visitors(tenant).keys()]);
  return [
    ...world.privateKeys.map((pem) => privateKeyCanary('a deploy key', pem)),
    ...[...world.aws.sessions.values()].flatMap(({ secretAccessKey, sessionToken }) => [
      canaryOf('a session key', secretAccessKey),
      canaryOf('a session token', sessionToken),
    ]),
    canaryOf('our own AWS key', provider.secretAccessKey),
    ...eksTokens.flatMap(eksTokenCanaries),
    pemCanary("the App's key", appKeyPem),
    ...[...world.github.tokens].map((token) => canaryOf('a token of the App', token)),
  ];
}

/** A token is a request that is signed already: the request is as good as the token, and so is its signature. */
function eksTokenCanaries(token: string): readonly Canary[] {
  const request = Buffer.from(token.replace('k8s-aws-v1.', ''), 'base64url').toString();
  const signature = new URL(request).searchParams.get('X-Amz-Signature') ?? '';
  return [
    canaryOf('an EKS token', token),
    canaryOf('the request of an EKS token', request),
    canaryOf('the signature of an EKS token', signature),
  ];
}

async function artefactsOf(world: CrashWorld): Promise<Readonly<Record<string, string>>> {
  return {
    'the table': JSON.stringify(await world.allItems()),
    "the engine's executions": world.executions.texts.join('\n'),
    'the log': world.logged.map((entry) => JSON.stringify(entry, withErrors)).join('\n'),
    'answers of the API': world.answers.join('\n'),
    repositories: JSON.stringify(world.holdings().map(({ files, commits }) => [[...files], commits])),
    'other objects of a cluster': JSON.stringify(world.holdings().map(({ otherObjects }) => otherObjects)),
  };
}

function withErrors(_key: string, value: unknown): unknown {
  return value instanceof Error ? [Object.entries(value), value.message, value.stack, value.cause] : value;
}
