/** What is secret in a sandbox's directory, where it belongs, and where else it is found. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import {
  type Canary,
  canaryOf,
  findBearers,
  findCanaries,
  pemCanary,
  privateKeyCanary,
} from '../../crash/secret-forms.ts';

export interface Secret extends Canary {
  /** The one file of the simulators, or of the product's owner, that holds it. */
  readonly home: string;
}

const awsState = z.object({
  principals: z.object({ $map: z.array(z.tuple([z.string(), z.object({ secretAccessKey: z.string() })])).min(2) }),
  sessions: z.object({
    $map: z.array(z.tuple([z.string(), z.object({ secretAccessKey: z.string(), sessionToken: z.string() })])).min(1),
  }),
});

export async function secretsOf(data: string): Promise<readonly Secret[]> {
  const read = (file: string) => readFile(join(data, file), 'utf8');
  const { principals, sessions } = awsState.parse(JSON.parse(await read('aws.json')));
  const { key } = z.object({ key: z.string() }).parse(JSON.parse(await read('cluster-production-server.json')));
  const identity = /"identity":"([^"]+)"/.exec(await read('cluster-production.json'))?.[1] ?? '';
  const deployKey = Buffer.from(identity, 'base64').toString();
  return [
    { ...pemCanary("the App's key", await read('github-app.pem')), home: 'github-app.pem' },
    { ...privateKeyCanary('the deploy key', deployKey), home: 'cluster-production.json' },
    { ...pemCanary("the API server's key", key), home: 'cluster-production-server.json' },
    ...principals.$map.map(([id, { secretAccessKey }]) => ofAws(`the key ${id}`, secretAccessKey)),
    ...sessions.$map.flatMap(([id, { secretAccessKey, sessionToken }]) => [
      ofAws(`the session key ${id}`, secretAccessKey),
      ofAws(`the session token ${id}`, sessionToken),
    ]),
  ];
}

function ofAws(name: string, secret: string): Secret {
  return { ...canaryOf(name, secret), home: 'aws.json' };
}

/** `<secret> in <artefact>`, in the order of the alphabet; what is known by its looks alone belongs nowhere. */
export function findSecrets(
  artefacts: Readonly<Record<string, string>>,
  secrets: readonly Canary[],
): readonly string[] {
  return Object.entries(artefacts)
    .flatMap(([where, text]) =>
      [...findCanaries(text, secrets), ...findBearers(text), ...findGitHubTokens(text)].map(
        (what) => `${what} in ${where}`,
      ),
    )
    .toSorted();
}

function findGitHubTokens(text: string): readonly string[] {
  return /gh[ps]_\w{30}/.test(text) ? ['a token of GitHub'] : [];
}
