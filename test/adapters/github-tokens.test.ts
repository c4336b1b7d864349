import { expect, it } from 'vitest';
import { generateKeyPair } from '../../src/adapters/ssh-key-pairs.ts';
import { base, mintPath, never, repository, revokePath, type ScriptedGitHub, scriptedGitHub } from './github-server.ts';

const emptyBlob = 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391';
const blobRoute = `GET ${base}/git/blobs/${emptyBlob}`;
const blob = { body: { content: '', encoding: 'base64' } };
const { publicKey } = generateKeyPair();
const keys = { body: [] };
const key = { status: 201, body: { id: 1, title: 't', key: publicKey, read_only: true } };
const script = {
  [blobRoute]: blob,
  [`GET ${base}/keys`]: keys,
  [`POST ${base}/keys`]: key,
  [`DELETE ${base}/keys/1`]: { status: 204 },
};

const first = { ...repository, job: 'op-1' };
const second = { ...repository, job: 'op-2' };

function minted({ requests }: ScriptedGitHub): unknown[] {
  return requests.filter(({ route }) => route === mintPath).map(({ body }) => body);
}

function usedFor({ requests }: ScriptedGitHub, wanted: string): string[] {
  return requests.filter(({ route }) => route === wanted).map(({ authorization }) => authorization);
}

it('are for one repository, and may do what their purpose needs', async () => {
  const github = scriptedGitHub(script);

  await github.host.readBlob(first, emptyBlob, never);
  await github.host.listDeployKeys(first, never);
  await github.host.addDeployKey(first, { title: 't', publicKey }, never);

  expect(minted(github)).toEqual([
    { repositories: ['infrastructure'], permissions: { contents: 'read', metadata: 'read' } },
    { repositories: ['infrastructure'], permissions: { administration: 'read' } },
    { repositories: ['infrastructure'], permissions: { administration: 'write' } },
  ]);
});

it('are shared by the calls of a job, also side by side, and given back at its end', async () => {
  const github = scriptedGitHub(script);
  await Promise.all([1, 2, 3].map(() => github.host.readBlob(first, emptyBlob, never)));
  await github.host.listDeployKeys(first, never);

  await github.host.endJob('op-1');
  await github.host.endJob('op-1');

  expect(minted(github)).toHaveLength(2);
  expect(new Set(usedFor(github, blobRoute))).toEqual(new Set(['token ghs_secret1']));
  expect(usedFor(github, revokePath).toSorted()).toEqual(['token ghs_secret1', 'token ghs_secret2']);
});

it('of one job are not touched by the end of another one in the same repository', async () => {
  const github = scriptedGitHub(script);
  await Promise.all([github.host.readBlob(first, emptyBlob, never), github.host.readBlob(second, emptyBlob, never)]);

  await github.host.endJob('op-1');
  await github.host.readBlob(second, emptyBlob, never);

  const [ofFirst, ofSecond, again] = usedFor(github, blobRoute);
  expect(ofFirst).not.toBe(ofSecond);
  expect(again).toBe(ofSecond);
  expect(usedFor(github, revokePath)).toEqual([ofFirst]);
});

it('of a call without a job are given back after it, also when it fails', async () => {
  const github = scriptedGitHub({ ...script, [blobRoute]: { status: 500 } });

  await expect(github.host.readBlob(repository, emptyBlob, never)).rejects.toThrow('server-error');

  expect(usedFor(github, revokePath)).toEqual(['token ghs_secret1']);
});

it.each([
  ['a call without a job', repository],
  ['a job', first],
] as const)('of %s are kept when GitHub has asked for quiet', async (_, address) => {
  const limit = { status: 429, headers: { 'retry-after': '30' } };
  const github = scriptedGitHub({ ...script, [blobRoute]: limit });
  await expect(github.host.readBlob(address, emptyBlob, never)).rejects.toThrow('throttled');

  await github.host.endJob('op-1');

  expect(usedFor(github, mintPath)).toHaveLength(1);
  expect(usedFor(github, revokePath)).toEqual([]);
});

it('that cannot be given back do not fail the end of the job', async () => {
  const github = scriptedGitHub({ ...script, [revokePath]: 'lost' });
  await github.host.readBlob(first, emptyBlob, never);

  await expect(github.host.endJob('op-1')).resolves.toBeUndefined();
});

it('are replaced once when they are no longer accepted', async () => {
  const github = scriptedGitHub({
    ...script,
    [blobRoute]: ({ authorization }) => (authorization === 'token ghs_secret1' ? { status: 401 } : blob),
  });

  expect(await github.host.readBlob(first, emptyBlob, never)).toBe('');
  await github.host.readBlob(first, emptyBlob, never);

  expect(usedFor(github, blobRoute)).toEqual(['token ghs_secret1', 'token ghs_secret2', 'token ghs_secret2']);
});

it('are replaced once for all calls side by side', async () => {
  let refuseLate: () => void = () => undefined;
  const late = new Promise<void>((resolve) => (refuseLate = resolve));
  let asked = 0;
  const github = scriptedGitHub({
    ...script,
    [blobRoute]: async ({ authorization }) => {
      asked += 1;
      if (authorization !== 'token ghs_secret1') return blob;
      // The second one hears of it when the first one has its new token already.
      if (asked === 2) await late;
      return { status: 401 };
    },
  });
  const read = () => github.host.readBlob(first, emptyBlob, never);
  const [quick, slow] = [read(), read()];

  await quick;
  refuseLate();
  await slow;

  expect(minted(github)).toHaveLength(2);
  expect(usedFor(github, blobRoute).slice(2)).toEqual(['token ghs_secret2', 'token ghs_secret2']);
});

it('that a job asks for anew shorten no quiet that this process has heard of', async () => {
  const limit = { status: 403, headers: { 'retry-after': '300' }, body: { message: 'slow down' } };
  const github = scriptedGitHub({ ...script, [`GET ${base}/keys`]: limit });
  await expect(github.host.listDeployKeys(first, never)).rejects.toMatchObject({ failure: 'throttled' });
  github.budget.paused.set('42', new Date('2027-01-01T00:00:30.000Z'));

  const during = github.host.readBlob(second, emptyBlob, never);

  await expect(during).rejects.toMatchObject({ failure: 'throttled', retryAfterSeconds: 300 });
});

it('that GitHub issued and does not know yet may be known at the next attempt', async () => {
  const github = scriptedGitHub({ ...script, [blobRoute]: { status: 401, body: { message: 'Bad credentials' } } });

  const reading = github.host.readBlob(first, emptyBlob, never);

  await expect(reading).rejects.toMatchObject({ failure: 'server-error', retryable: true });
  expect(minted(github)).toHaveLength(2);
});

it('that GitHub does not issue are a refusal, and nothing is sent', async () => {
  const message = 'The permissions requested are not granted to this installation.';
  const github = scriptedGitHub({ ...script, [mintPath]: { status: 422, body: { message } } });

  await expect(github.host.readBlob(first, emptyBlob, never)).rejects.toMatchObject({
    failure: 'forbidden',
    answer: message,
  });
  expect(usedFor(github, blobRoute)).toEqual([]);
});

it('stand in no error', async () => {
  const github = scriptedGitHub({ ...script, [blobRoute]: 'lost', [`GET ${base}/keys`]: { status: 500 } });

  const errors = await Promise.all(
    [github.host.readBlob(first, emptyBlob, never), github.host.listDeployKeys(first, never)].map((call) =>
      call.then(String, (error: unknown) => error),
    ),
  );

  for (const error of errors) {
    const { cause, stack } = error as Error;
    expect(JSON.stringify([error, String(error), String(cause), stack])).not.toMatch(/ghs_|Bearer|eyJ/);
  }
});

it('that a job holds already are not used while GitHub wants quiet', async () => {
  const limit = { status: 403, headers: { 'retry-after': '30' }, body: { message: 'slow down' } };
  const github = scriptedGitHub({ ...script, [`GET ${base}/keys`]: limit });
  await github.host.readBlob(first, emptyBlob, never);
  await expect(github.host.listDeployKeys(first, never)).rejects.toMatchObject({ failure: 'throttled' });

  const during = github.host.readBlob(first, emptyBlob, never);

  await expect(during).rejects.toMatchObject({ failure: 'throttled', retryAfterSeconds: 30 });
  expect(usedFor(github, blobRoute)).toHaveLength(1);
  github.advance(30);
  expect(await github.host.readBlob(first, emptyBlob, never)).toBe('');
});
