import { describe, expect, it } from 'vitest';
import { commitManifests } from '../../src/flux-bootstrap/commit-manifests.ts';
import { gitBlobId } from '../../src/flux-bootstrap/git-blob-id.ts';
import { never, runningJob } from '../support/bootstrap-job.ts';
import { Crash } from '../support/faults.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { acme } from '../support/fleet.ts';
import type { Fleet } from '../support/fleet.ts';

const folder = 'flux/clusters/production/flux-system';
const paths = ['gotk-components.yaml', 'gotk-sync.yaml', 'kustomization.yaml'].map((name) => `${folder}/${name}`);
const [components = '', sync = '', kustomization = ''] = paths;

async function given(body: object = {}) {
  const { fleet, job, operation } = await runningJob(createMemoryTable(), body);
  return { fleet, operation, job, commit: () => commitManifests(job(), never) };
}

const commits = (fleet: Fleet) => fleet.git.repository(acme).branches.get('main') ?? [];

describe('the commit of the manifests', () => {
  it('is one, with all files and the operation as its trailer, and touches nothing else', async () => {
    const { fleet, operation, commit } = await given();
    const before = commits(fleet)[0]?.files;

    const outcome = await commit();

    const [, ours, ...more] = commits(fleet);
    expect(more).toEqual([]);
    expect(ours?.changed).toEqual(paths);
    expect(ours?.message).toBe(`Set up Flux 2.9.2 on cluster production\n\nFleet-Operation: ${operation.id}\n`);
    expect([...(ours?.files ?? [])].filter(([path]) => !paths.includes(path))).toEqual([...(before ?? [])]);
    expect(outcome).toMatchObject({ kind: 'succeeded', evidence: { commit: ours?.id, files: paths } });
    if (outcome.kind !== 'succeeded') throw new Error(outcome.kind);
    expect(outcome.value.files).toEqual(
      [components, sync].map((path) => ({ path, blob: gitBlobId(ours?.files.get(path) ?? '') })),
    );
  });

  it('is none when the files are as they should be', async () => {
    const { fleet, commit, job } = await given();
    const first = await commit();

    const again = await commitManifests(job({ id: 'op-other' }), never);

    expect(commits(fleet)).toHaveLength(2);
    expect(again).toMatchObject({ kind: 'skipped', evidence: { commit: commits(fleet)[1]?.id } });
    expect(again.kind === 'skipped' && again.value).toEqual(first.kind === 'succeeded' && first.value);
  });

  it.each(['before', 'after'] as const)('that was cut %s it was made is made once', async (when) => {
    const { fleet, commit } = await given();
    fleet.faults.git.fail('commitFiles', { when });

    await expect(commit()).rejects.toBeInstanceOf(Crash);
    const outcome = await commit();

    expect(commits(fleet)).toHaveLength(2);
    expect(outcome).toMatchObject({ kind: 'succeeded', evidence: { commit: commits(fleet)[1]?.id } });
  });

  it('leaves a kustomization.yaml that is there byte for byte', async () => {
    const { fleet, commit } = await given();
    const patched = 'resources: [gotk-components.yaml, gotk-sync.yaml]\npatches: [{ path: patch.yaml }]\n';
    fleet.git.commitByOther(acme, { [kustomization]: patched });

    await commit();

    expect(fleet.git.fileAtHead(acme, kustomization)).toBe(patched);
    expect(commits(fleet).at(-1)?.changed).toEqual([components, sync]);
  });

  it('goes on top of what others commit meanwhile', async () => {
    const { fleet, commit } = await given();
    let landed = 0;
    fleet.faults.git.onCall('commitFiles', () => {
      landed += 1;
      if (landed <= 3) fleet.git.commitByOther(acme, { [components]: `# ${landed}\n` });
      if (landed === 4) fleet.git.commitByOther(acme, { 'k8s-clusters/a.yaml': 'x' });
    });

    expect(await commit()).toMatchObject({ kind: 'succeeded' });

    expect(fleet.git.fileAtHead(acme, 'k8s-clusters/a.yaml')).toBe('x');
    expect(commits(fleet).filter(({ message }) => message.includes('Fleet-Operation'))).toHaveLength(1);
  });

  it('is put off when others change the same files each time', async () => {
    const { fleet, commit } = await given();
    let landed = 0;
    fleet.faults.git.onCall('commitFiles', () => {
      landed += 1;
      fleet.git.commitByOther(acme, { [components]: `# ${landed}\n` });
    });

    await expect(commit()).rejects.toMatchObject({
      refusal: { code: 'repository-busy', retryable: true },
      retryAfterSeconds: 35,
    });
    expect(landed).toBe(8);
  });

  it('is put off as such when the tries take longer than the step has', async () => {
    const { fleet, commit } = await given();
    let landed = 0;
    fleet.faults.git.onCall('commitFiles', () => {
      landed += 1;
      fleet.clock.advance(20_000);
      fleet.git.commitByOther(acme, { [components]: `# ${landed}\n` });
    });

    await expect(commit()).rejects.toMatchObject({ refusal: { code: 'repository-busy' } });
    expect(landed).toBe(3);
  });

  it.each([
    ['branch-protected', (fleet: Fleet): void => void (fleet.git.repository(acme).protection = 'reviews')],
    ['push-not-allowed', (fleet: Fleet): void => void (fleet.git.repository(acme).canPush = false)],
  ] as const)('is refused with %s when that was changed after it was looked at', async (code, spoil) => {
    const { fleet, commit } = await given();
    fleet.faults.git.onCall('commitFiles', () => spoil(fleet));

    expect(await commit()).toMatchObject({ kind: 'refused', refusal: { code } });
    expect(commits(fleet)).toHaveLength(1);
  });
});

describe('a removal', () => {
  const precious = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: precious\n  namespace: default\n';

  it('is refused, and named', async () => {
    const { fleet, commit } = await given();
    fleet.git.commitByOther(acme, { [components]: precious });

    const outcome = await commit();

    expect(outcome).toMatchObject({ kind: 'refused', refusal: { code: 'prune-not-allowed' } });
    expect(outcome.kind === 'refused' && outcome.refusal.detail).toContain('ConfigMap default/precious');
    expect(fleet.git.fileAtHead(acme, components)).toBe(precious);
  });

  it('is committed when that was allowed', async () => {
    const { fleet, commit } = await given({ allowPrune: true });
    fleet.git.commitByOther(acme, { [components]: precious });

    expect(await commit()).toMatchObject({ kind: 'succeeded' });
    expect(fleet.git.fileAtHead(acme, components)).not.toContain('precious');
  });

  it('that lands after the look is seen all the same', async () => {
    const { fleet, commit } = await given();
    let isDue = true;
    fleet.faults.git.onCall('commitFiles', () => {
      if (isDue) fleet.git.commitByOther(acme, { [sync]: precious });
      isDue = false;
    });

    expect(await commit()).toMatchObject({ refusal: { code: 'prune-not-allowed' } });
  });

  it('is none when only values change', async () => {
    const { fleet, commit } = await given();
    await commit();
    const text = fleet.git.fileAtHead(acme, components) ?? '';
    fleet.git.commitByOther(acme, { [components]: text.replaceAll('--log-level=info', '--log-level=debug') });

    expect(await commit()).toMatchObject({ kind: 'succeeded' });
    expect(fleet.git.fileAtHead(acme, components)).toBe(text);
  });
});
