/** Puts a distribution together from its files, wherever they came from: the same files give the same digest. */
import { createHash } from 'node:crypto';

import type { Distribution, LoadedDistribution } from '../ports/distributions.ts';

/** Semantic Versioning 2.0 without build metadata, which no release of Flux has, and without a leading `v`. */
const versionPattern =
  /^(?:0|[1-9]\d{0,5})\.(?:0|[1-9]\d{0,5})\.(?:0|[1-9]\d{0,5})(?:-[0-9A-Za-z-]{1,32}(?:\.[0-9A-Za-z-]{1,32}){0,4})?$/;

/** Whether the text may stand in a path or an address as a version. */
export function isVersion(text: string): boolean {
  return versionPattern.test(text);
}

export function notAVersion(version: string): LoadedDistribution {
  return { kind: 'version-not-found', detail: `${JSON.stringify(version)} is not a version such as 2.9.2` };
}

/** A file of a distribution has such a name; anything else beside them is not read. */
export function isManifestName(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{0,100}\.yaml$/.test(name);
}

/**
 * Reads the files as UTF-8 and digests them.
 * @throws TypeError when a file is not UTF-8.
 */
export function createDistribution(version: string, contents: ReadonlyMap<string, Uint8Array>): Distribution {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const names = [...contents.keys()].toSorted();
  const hash = createHash('sha256');
  const files = new Map<string, string>();
  for (const name of names) {
    const content = contents.get(name) ?? new Uint8Array();
    // Lengths first, so that no other names and contents run together to the same bytes.
    hash.update(`${name.length}:${name}${content.byteLength}:`).update(content);
    files.set(name, decoder.decode(content));
  }
  return { version, digest: `sha256:${hash.digest('hex')}`, files };
}

/** How many versions stay in memory: a fleet runs one, and for a while the next. */
const remembered = 2;

/**
 * Answers equal distributions with the same object, so that what was read from it once (`renderComponents`) need not
 * be read again. Keeps the two used last.
 */
export function createDistributionMemory(): (distribution: Distribution) => Distribution {
  let known: readonly Distribution[] = [];
  return (distribution) => {
    const isEqual = (other: Distribution) =>
      other.version === distribution.version && other.digest === distribution.digest;
    const kept = known.find(isEqual) ?? distribution;
    known = [kept, ...known.filter((other) => !isEqual(other))].slice(0, remembered);
    return kept;
  };
}
