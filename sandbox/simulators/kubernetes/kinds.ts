import { built } from './built-in-kinds.ts';
import { isRecord, type Json, recordAt, recordsAt, stringAt } from './json.ts';

/** A kind in one of its versions, as discovery and paths name it. */
export interface Kind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly isNamespaced: boolean;
  /** Has a `/status` subresource, so that writes to the object itself leave `status` alone. */
  readonly hasStatus: boolean;
  readonly shortNames?: readonly string[];
  /** Defined by a CRD. */
  readonly isCustom?: true;
}

/** `apps/v1`; `v1` for the core group. */
export function apiVersionOf({ group, version }: Pick<Kind, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Objects of one kind are the same objects in all of its versions. */
export function storageKey({ group, kind }: Pick<Kind, 'group' | 'kind'>): string {
  return `${group}/${kind}`;
}

/** The kinds that one cluster serves at a moment. */
export interface Kinds {
  find(reference: { readonly apiVersion: string; readonly kind: string }): Kind | undefined;
  findByPath(group: string, version: string, plural: string): Kind | undefined;
  all(): readonly Kind[];
}

const builtInKinds: readonly Kind[] = built.map(([apiVersion, kind, plural, traits]) => {
  const [first = '', second] = apiVersion.split('/');
  return {
    group: second === undefined ? '' : first,
    version: second ?? first,
    kind,
    plural,
    singular: kind.toLowerCase(),
    isNamespaced: traits.includes('namespaced'),
    hasStatus: traits.includes('status'),
  };
});

export const customResourceDefinition = requireBuiltIn('CustomResourceDefinition');
export const namespaceKind = requireBuiltIn('Namespace');

function requireBuiltIn(name: string): Kind {
  const kind = builtInKinds.find((one) => one.kind === name);
  if (!kind) throw new Error(`${name} is no built-in kind`);
  return kind;
}

/** Kinds of the given CRDs that are established; made anew whenever a CRD changes. */
export function kindsWith(definitions: readonly Json[]): Kinds {
  const kinds = [...builtInKinds, ...definitions.filter(isEstablished).flatMap(customKinds)];
  const byName = new Map(kinds.map((kind) => [`${apiVersionOf(kind)} ${kind.kind}`, kind]));
  const byPath = new Map(kinds.map((kind) => [`${kind.group}/${kind.version}/${kind.plural}`, kind]));
  return {
    find: ({ apiVersion, kind }) => byName.get(`${apiVersion} ${kind}`),
    findByPath: (group, version, plural) => byPath.get(`${group}/${version}/${plural}`),
    all: () => kinds,
  };
}

export function isEstablished(definition: Json): boolean {
  const conditions = recordsAt(recordAt(definition, 'status'), 'conditions');
  return conditions.some((condition) => condition['type'] === 'Established' && condition['status'] === 'True');
}

function customKinds(definition: Json): readonly Kind[] {
  const spec = recordAt(definition, 'spec');
  const names = recordAt(spec, 'names');
  const kind = stringAt(names, 'kind');
  const shortNames = names['shortNames'];
  return recordsAt(spec, 'versions')
    .filter((version) => version['served'] === true)
    .map((version) => ({
      group: stringAt(spec, 'group'),
      version: stringAt(version, 'name'),
      kind,
      plural: stringAt(names, 'plural'),
      singular: stringAt(names, 'singular') || kind.toLowerCase(),
      isNamespaced: spec['scope'] === 'Namespaced',
      hasStatus: isRecord(recordAt(version, 'subresources')['status']),
      ...(Array.isArray(shortNames) && { shortNames: shortNames.map(String) }),
      isCustom: true as const,
    }));
}
