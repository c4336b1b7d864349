import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Distribution, Distributions, LoadedDistribution } from '../../src/ports/distributions.ts';
import { failureOf } from '../support/failures.ts';
import type { ArchiveEntry } from '../support/release-server.ts';
import { smallDistributionFiles } from '../support/small-distribution.ts';

/** Where distributions come from, as whoever puts them there sees it. */
export interface DistributionsWorld {
  /** Puts these files there under that text, whether or not it is a version. */
  publish(version: string, entries: readonly ArchiveEntry[]): Promise<void>;
  /** As a process that has just started has them. */
  distributions(): Distributions;
  close(): Promise<void>;
}

/** None is a version; some lead out of the place where versions are, or to another version's files. */
const noVersions = [
  ...['', 'latest', '2.9', '02.9.2', 'v2.9.2', '2.9.2-', '2.9.2+build', '2.9.2\n', '2.9.2?x=1'],
  ...['..', '../secret', '../../etc', '2.9.2/..', '2.9.2/../x'],
];

const { signal } = new AbortController();

export function loaded(answer: LoadedDistribution): Distribution {
  if (answer.kind !== 'loaded') throw new Error(`${answer.kind}: ${answer.detail}`);
  return answer.distribution;
}

function entriesOf(files: Iterable<readonly [string, string]>): readonly ArchiveEntry[] {
  return [...files].map(([path, content]) => ({ path, content }));
}

/** What a source of distributions promises (src/ports/distributions.ts). */
export function distributionsContract(name: string, makeWorld: () => Promise<DistributionsWorld>): void {
  describe(`distributions: ${name}`, () => {
    let world: DistributionsWorld;
    beforeEach(async () => {
      world = await makeWorld();
    });
    afterEach(() => world.close());

    itLoads(() => world);
    itGivesDigests(() => world);
    itRefuses(() => world);
  });
}

function itLoads(world: () => DistributionsWorld): void {
  it.each(['2.9.2', '2.10.0-rc.1'])('loads all manifests of %s', async (version) => {
    await world().publish(version, entriesOf(smallDistributionFiles()));

    const distribution = loaded(await world().distributions().load(version, signal));

    expect(distribution.version).toBe(version);
    expect(new Map(distribution.files)).toEqual(smallDistributionFiles());
  });

  it('gives the regular manifests in the order of their names, and nothing else beside them', async () => {
    await world().publish('2.9.2', [
      { path: 'source-controller.yaml', content: 'b: ü\n' },
      { path: 'rbac.yaml', content: 'a: 1\n' },
      { path: 'README.md', content: 'no' },
      { path: '.hidden.yaml', content: 'no' },
      { path: 'more.yaml', type: 'Directory' },
      { path: 'nested/policies.yaml', content: 'no' },
      { path: 'helm-controller.yaml', type: 'SymbolicLink', linkpath: '/etc/hostname' },
    ]);

    const distribution = loaded(await world().distributions().load('2.9.2', signal));

    expect([...distribution.files]).toEqual([
      ['rbac.yaml', 'a: 1\n'],
      ['source-controller.yaml', 'b: ü\n'],
    ]);
  });

  it('answers with the same object while the files are the same', async () => {
    await world().publish('2.9.2', entriesOf(smallDistributionFiles()));
    const distributions = world().distributions();

    const first = loaded(await distributions.load('2.9.2', signal));

    expect(loaded(await distributions.load('2.9.2', signal))).toBe(first);
  });
}

function itGivesDigests(world: () => DistributionsWorld): void {
  it('gives the same files the digest that every source gives them', async () => {
    await world().publish('2.9.2', [
      { path: 'b.yaml', content: 'ü\n' },
      { path: 'notes.txt', content: 'not digested' },
      { path: 'a.yaml', content: 'x' },
    ]);

    const { digest } = loaded(await world().distributions().load('2.9.2', signal));

    // printf '6:a.yaml1:x6:b.yaml3:ü\n' | sha256sum
    expect(digest).toBe('sha256:6e225b96e00a66647ef677b0dc876a34961fb34b5ef2391589410dbc632b150b');
  });

  it('gives other names or contents other digests', async () => {
    const contents = {
      '1.0.0': { 'a.yaml': 'x', 'b.yaml': 'y' },
      '1.0.1': { 'a.yaml': 'x', 'c.yaml': 'y' },
      '1.0.2': { 'a.yaml': 'x', 'b.yaml': 'z' },
      '1.0.3': { 'a.yaml': 'x' },
      '1.0.4': { 'b.yaml': 'y', 'a.yaml': 'x' },
    };
    const digests: string[] = [];
    for (const [version, files] of Object.entries(contents)) {
      await world().publish(version, entriesOf(Object.entries(files)));
      digests.push(loaded(await world().distributions().load(version, signal)).digest);
    }

    expect(new Set(digests.slice(0, 4)).size).toBe(4);
    expect(digests[4]).toBe(digests[0]);
  });
}

function itRefuses(world: () => DistributionsWorld): void {
  it('does not find a version that is not there, and names it', async () => {
    await world().publish('2.9.2', entriesOf(smallDistributionFiles()));

    expect(await world().distributions().load('2.9.3', signal)).toEqual({
      kind: 'version-not-found',
      detail: expect.stringContaining('2.9.3'),
    });
  });

  it.each(noVersions)('takes %j for no version, although there are files under it', async (text) => {
    await world().publish('2.9.2', entriesOf(smallDistributionFiles()));
    await world().publish(text, entriesOf(smallDistributionFiles()));

    expect(await world().distributions().load(text, signal)).toEqual({
      kind: 'version-not-found',
      detail: `${JSON.stringify(text)} is not a version such as 2.9.2`,
    });
  });

  it('refuses a manifest that is not UTF-8', async () => {
    await world().publish('2.9.2', [
      { path: 'a.yaml', content: 'a: 1\n' },
      { path: 'b.yaml', content: new Uint8Array([0xc3, 0x28]) },
    ]);

    const error = await failureOf(world().distributions().load('2.9.2', signal));

    expect(error).toMatchObject({ system: 'flux-releases', failure: 'protocol', retryable: false });
    expect(error.message).toContain('2.9.2');
  });
}
