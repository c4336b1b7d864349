import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import { isRecord, stringAt } from '../kubernetes/json.ts';

/** The objects in a file, or why kustomize could not read it, in its words. */
export type Manifests =
  | { readonly kind: 'read'; readonly objects: readonly KubernetesObject[] }
  | { readonly kind: 'unreadable'; readonly message: string };

/** Components are some hundred kilobytes of YAML that every look at a repository reads again. */
const known = new Map<string, Manifests>();
const knownAtMost = 200;

export function readManifests(content: string): Manifests {
  const before = known.get(content);
  if (before) return before;
  const manifests = parse(content);
  const [oldest] = known.keys();
  if (known.size >= knownAtMost && oldest !== undefined) known.delete(oldest);
  known.set(content, manifests);
  return manifests;
}

function parse(content: string): Manifests {
  const objects: KubernetesObject[] = [];
  for (const document of parseAllDocuments(content, { merge: true })) {
    const [error] = document.errors;
    if (error) {
      const line = error.linePos?.[0].line ?? 1;
      return { kind: 'unreadable', message: `MalformedYAMLError: yaml: line ${line}: ${wordsOf(error.message)}` };
    }
    const value: unknown = document.toJS();
    if (value === null || value === undefined) continue;
    for (const one of membersOf(value)) {
      const problem = problemOf(one);
      if (problem !== undefined) return { kind: 'unreadable', message: problem };
      objects.push(one as KubernetesObject);
    }
  }
  return { kind: 'read', objects };
}

/** A list stands for its items (kustomize `api/resource/factory.go`). */
function membersOf(value: unknown): readonly unknown[] {
  const isList = isRecord(value) && stringAt(value, 'kind').endsWith('List') && Array.isArray(value['items']);
  return isList ? (value['items'] as readonly unknown[]) : [value];
}

function problemOf(value: unknown): string | undefined {
  if (!isRecord(value) || !isRecord(value['metadata'])) return 'missing Resource metadata';
  if (stringAt(value['metadata'], 'name') === '') return 'missing metadata.name in object';
  if (stringAt(value, 'kind') === '' || stringAt(value, 'apiVersion') === '') return 'missing kind or apiVersion';
  return undefined;
}

/** Without the excerpt that the parser adds. */
function wordsOf(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '');
}
