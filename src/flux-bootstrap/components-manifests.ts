/** Reads Kubernetes manifests: YAML with many documents, as Kubernetes itself understands it. Pure. */
import { parse, type ParseOptions, type DocumentOptions, type SchemaOptions, type Tags } from 'yaml';

import type { KubernetesObject, ObjectReference } from '../ports/kubernetes-cluster.ts';

/** A text is not what a file of Kubernetes manifests holds. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

/** One document, read and as it was written. */
export interface ManifestDocument {
  readonly object: KubernetesObject;
  /** Key of the object's first level → its lines, key and line ends included. Empty when not in block style. */
  readonly lines: ReadonlyMap<string, string>;
}

/**
 * Tags of YAML 1.1 that Kubernetes does not have (it reads such values as strings), and the library's own floats of
 * 1.1, which take `e5` and `.` for numbers; those of YAML 1.2 stand in for them.
 */
const foreignTags = /:(?:timestamp|binary|omap|pairs|set|float)$/;

/** Kubernetes reads YAML 1.1 (sigs.k8s.io/yaml): `on` is true and `0644` is octal. */
const kubernetesYaml = {
  version: '1.1',
  customTags: (tags: Tags): Tags => [
    ...tags.filter((tag) => typeof tag === 'string' || !(foreignTags.test(tag.tag) || tag.format === 'TIME')),
    'floatExp',
    'float',
  ],
  logLevel: 'error',
} as const satisfies ParseOptions & DocumentOptions & SchemaOptions;

/**
 * Reads every document; empty ones are left out.
 * @throws ManifestError when a document is not YAML, or not a Kubernetes object.
 */
export function parseManifests(yaml: string): KubernetesObject[] {
  return splitDocuments(yaml).flatMap(readObject);
}

/** Like `parseManifests`, with the text of each document; the objects are frozen, so that they can be shared. */
export function parseDocuments(yaml: string): ManifestDocument[] {
  return splitDocuments(yaml).flatMap((text) =>
    readObject(text).map((object) => ({ object: freeze(object), lines: splitLines(text, object) })),
  );
}

/** What an object is to Flux's inventory: group, kind, namespace and name, without the version of its group. */
export function objectKey(object: ObjectReference | KubernetesObject): string {
  const slash = object.apiVersion.indexOf('/');
  const group = slash < 0 ? '' : object.apiVersion.slice(0, slash);
  const { name, namespace } = isWholeObject(object) ? object.metadata : object;
  return `${group}/${object.kind}/${namespace ?? ''}/${name}`;
}

function isWholeObject(object: ObjectReference | KubernetesObject): object is KubernetesObject {
  return 'metadata' in object;
}

/**
 * The objects of a `gotk-components.yaml` that the new objects no longer hold: what a Kustomization that prunes
 * would delete. Reads only the heads of the documents.
 * @throws ManifestError when the old text is not readable.
 */
export function removedObjects(oldYaml: string, newObjects: readonly KubernetesObject[]): ObjectReference[] {
  const kept = new Set(newObjects.map(objectKey));
  return parseReferences(oldYaml).filter((reference) => !kept.has(objectKey(reference)));
}

function parseReferences(yaml: string): ObjectReference[] {
  return splitDocuments(yaml).flatMap((text) =>
    readObject(headOf(text)).map(({ apiVersion, kind, metadata }) => ({
      apiVersion,
      kind,
      name: metadata.name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    })),
  );
}

/** The part of a document that says what object it is, or all of it when that part cannot be told from the rest. */
function headOf(text: string): string {
  const lines = blockLines(text);
  const head = ['apiVersion', 'kind', 'metadata'].map((key) => lines.get(key));
  return head.includes(undefined) ? text : head.join('');
}

/** Documents begin at a line `---`; such a line cannot stand inside a value, whose lines are indented. */
function splitDocuments(yaml: string): string[] {
  return yaml.split(/^---[ \t]*(?:#.*)?$/m);
}

function readObject(text: string): KubernetesObject[] {
  let value: unknown;
  try {
    value = parse(text, kubernetesYaml);
  } catch (error) {
    throw new ManifestError(`not YAML: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  if (value === null || value === undefined) return [];
  if (!isKubernetesObject(value)) {
    throw new ManifestError(`not a Kubernetes object: ${text.trim().slice(0, 80)}`);
  }
  return [value];
}

function isKubernetesObject(value: unknown): value is KubernetesObject {
  return (
    isRecord(value) &&
    typeof value['apiVersion'] === 'string' &&
    typeof value['kind'] === 'string' &&
    isRecord(value['metadata']) &&
    typeof value['metadata']['name'] === 'string'
  );
}

function splitLines(text: string, object: KubernetesObject): ReadonlyMap<string, string> {
  const lines = blockLines(text);
  const isWhole = lines.size === Object.keys(object).length && Object.keys(object).every((key) => lines.has(key));
  return isWhole ? lines : new Map();
}

/** Cuts a mapping in block style at its keys: `key:` at the start of a line, all that is indented or a list below it. */
function blockLines(text: string): Map<string, string> {
  const starts = [...text.matchAll(/^([A-Za-z][A-Za-z0-9_-]*):(?=[ \t\r\n]|$)/gm)];
  return new Map(
    starts.map((start, i) => [start[1] ?? '', withLineEnd(text.slice(start.index, starts[i + 1]?.index))]),
  );
}

function withLineEnd(lines: string): string {
  return lines.endsWith('\n') ? lines : `${lines}\n`;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) freeze(child);
    Object.freeze(value);
  }
  return value;
}
