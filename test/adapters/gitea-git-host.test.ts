import { afterEach, describe, expect, it } from 'vitest';
import { gitBlobId } from '../../src/flux-bootstrap/git-blob-id.ts';
import type { ScriptedReply, ScriptedRequest } from '../support/scripted-server.ts';
import {
  branchAnswer,
  never,
  repository,
  repositoryAnswer,
  type ScriptedGitea,
  startScriptedGitea,
} from './gitea-server.ts';

const base = '/repos/acme/infrastructure';
let gitea: ScriptedGitea;

afterEach(() => gitea.close());

describe('inspecting a repository of Gitea', () => {
  it.each([
    { repo: {}, branch: {}, canPush: true, allowsDeployKeys: true, protection: undefined },
    { repo: { archived: true }, branch: {}, canPush: false, allowsDeployKeys: true, protection: /archived/ },
    { repo: { mirror: true }, branch: {}, canPush: false, allowsDeployKeys: true, protection: /mirror/ },
    {
      repo: { permissions: { admin: false, push: true, pull: true } },
      branch: { protected: true, user_can_push: false },
      ...{ canPush: true, allowsDeployKeys: false, protection: /main is protected/ },
    },
    {
      repo: { permissions: { admin: false, push: false, pull: true } },
      branch: { user_can_push: false },
      ...{ canPush: false, allowsDeployKeys: false, protection: undefined },
    },
  ])('says what $repo and $branch allow', async ({ repo, branch, canPush, allowsDeployKeys, protection }) => {
    gitea = await startScriptedGitea({
      [`GET ${base}`]: repositoryAnswer(repo),
      [`GET ${base}/branches/main`]: branchAnswer(branch),
    });

    const inspected = await gitea.host.inspectRepository(repository, 'main', never);

    expect(inspected).toMatchObject({ kind: 'found', head: 'c0ffee', canPush, allowsDeployKeys });
    expect('protection' in inspected ? inspected.protection : undefined).toEqual(
      protection && expect.stringMatching(protection),
    );
  });

  it('does not follow a repository to its new name', async () => {
    const moved = { status: 301, headers: { location: '/api/v1/repos/other/infrastructure' } };
    gitea = await startScriptedGitea({ [`GET ${base}`]: moved, [`GET ${base}/branches/main`]: moved });

    expect(await gitea.host.inspectRepository(repository, 'main', never)).toEqual({ kind: 'repository-not-found' });
  });
});

describe('listing a folder of a large repository of Gitea', () => {
  const place = { commit: 'c0ffee', folder: 'flux/clusters/production' };
  const first: ScriptedReply = { body: { tree: [{ path: 'a', type: 'blob', sha: '1' }], truncated: true } };

  function pageOf({ path }: ScriptedRequest): ScriptedReply {
    const page = Number(/[?&]page=(\d+)/.exec(path)?.[1]);
    const tree = [
      { path: `d${page}`, type: 'tree', sha: 't' },
      { path: `d${page}/file.yaml`, type: 'blob', sha: `blob-${page}` },
    ];
    return { body: { tree: page <= 3 ? tree : null, truncated: page < 3 } };
  }

  it("reads the folder's own tree by its id, page by page", async () => {
    gitea = await startScriptedGitea({
      [`GET ${base}/git/trees/c0ffee`]: first,
      [`GET ${base}/contents-ext/flux/clusters`]: {
        body: {
          dir_contents: [
            { name: 'other', type: 'dir', sha: 'x' },
            { name: 'production', type: 'dir', sha: 'tree' },
          ],
        },
      },
      [`GET ${base}/git/trees/tree`]: pageOf,
    });

    const listing = await gitea.host.listFolder(repository, place, never);

    expect([...listing]).toEqual(
      [1, 2, 3].map((page) => [`flux/clusters/production/d${page}/file.yaml`, `blob-${page}`]),
    );
    expect(gitea.requests).toHaveLength(5);
    expect(gitea.requests[1]?.path).toContain('ref=c0ffee');
  });

  it('lists nothing where the folder is missing', async () => {
    gitea = await startScriptedGitea({
      [`GET ${base}/git/trees/c0ffee`]: first,
      [`GET ${base}/contents-ext/flux/clusters`]: {
        body: { dir_contents: [{ name: 'production', type: 'file', sha: 'x' }] },
      },
    });

    expect((await gitea.host.listFolder(repository, place, never)).size).toBe(0);
    expect((await gitea.host.listFolder(repository, { ...place, folder: 'no/where' }, never)).size).toBe(0);
  });
});

describe('reading a blob of Gitea', () => {
  const id = gitBlobId('text');
  function blobAnswer(bytes: Buffer): ScriptedReply {
    return { body: { content: bytes.toString('base64'), encoding: 'base64', size: bytes.length, sha: id } };
  }

  it.each([
    { what: 'is not what the id names', reply: blobAnswer(Buffer.from('other')) },
    { what: 'is not UTF-8', reply: blobAnswer(Buffer.from([0xff, 0xfe])) },
    { what: 'is left out for its size', reply: { body: { content: null, encoding: null, size: 20_000_000 } } },
  ])('fails when the content $what', async ({ reply }) => {
    gitea = await startScriptedGitea({ [`GET ${base}/git/blobs/${id}`]: reply });

    await expect(gitea.host.readBlob(repository, id, never)).rejects.toMatchObject({ failure: 'protocol' });
  });
});

describe('deploy keys of Gitea', () => {
  const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOTH0qrR/R5xwSjUnjTyrNi+gxMIs3r5RzGk2Fm3eb5k';
  function keyOf(id: number): object {
    return { id, title: `key ${id}`, key: `${line} comment`, read_only: id % 2 === 0 };
  }

  it.each([
    { headers: { 'x-total-count': '5' }, requests: 3 },
    { headers: {}, requests: 4 },
  ])('are listed to the end, told its number or not: $headers', async ({ headers, requests }) => {
    const pages = [[keyOf(1), keyOf(2)], [keyOf(3), keyOf(4)], [keyOf(5)], []];
    gitea = await startScriptedGitea({ [`GET ${base}/keys`]: () => ({ headers, body: pages.shift() ?? [] }) });

    const keys = await gitea.host.listDeployKeys(repository, never);

    expect(keys.map((key) => key.id)).toEqual(['1', '2', '3', '4', '5']);
    expect(keys[1]).toEqual({ id: '2', title: 'key 2', publicKey: line, isReadOnly: true });
    expect(gitea.requests).toHaveLength(requests);
  });

  it.each([
    { status: 422, message: 'This key has already been added to this repository', kind: 'in-use' },
    { status: 422, message: 'Key content has been used as non-deploy key', kind: 'in-use' },
    { status: 422, message: 'SSH is disabled', kind: 'deploy-keys-disabled' },
    {
      status: 403,
      message: 'user should be an owner or a collaborator with admin write',
      kind: 'deploy-keys-disabled',
    },
  ])('are "$kind" after $status $message', async ({ status, message, kind }) => {
    gitea = await startScriptedGitea({ [`POST ${base}/keys`]: { status, body: { message } } });

    const added = await gitea.host.addDeployKey(repository, { title: 't', publicKey: line }, never);

    expect(added).toEqual({ kind, detail: message });
  });

  it('are asked for without the right to write, and refused with it', async () => {
    gitea = await startScriptedGitea({ [`POST ${base}/keys`]: { status: 201, body: keyOf(1) } });

    const adding = gitea.host.addDeployKey(repository, { title: 't', publicKey: line }, never);

    await expect(adding).rejects.toMatchObject({ failure: 'protocol' });
    expect(gitea.requests[0]?.body).toEqual({ title: 't', key: line, read_only: true });
  });

  it('are not taken for "in use" when only the title is', async () => {
    const body = { message: 'A key with the same name already exists' };
    gitea = await startScriptedGitea({ [`POST ${base}/keys`]: { status: 422, body } });

    const adding = gitea.host.addDeployKey(repository, { title: 't', publicKey: line }, never);

    await expect(adding).rejects.toMatchObject({ failure: 'rejected', status: 422 });
  });

  it.each([204, 404])('are removed after %d', async (status) => {
    gitea = await startScriptedGitea({ [`DELETE ${base}/keys/7`]: { status } });

    await expect(gitea.host.removeDeployKey(repository, '7', never)).resolves.toBeUndefined();
  });
});
