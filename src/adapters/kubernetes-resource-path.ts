import { rejected } from './kubernetes-failures.ts';

/** A kind as discovery describes it. */
export interface ResourceType {
  readonly apiVersion: string;
  readonly kind: string;
  /** The plural name in paths, such as `customresourcedefinitions`. */
  readonly plural: string;
  readonly isNamespaced: boolean;
}

/** `/api/v1/…` for the core group, `/apis/<group>/<version>/…` for every other. */
function rootPath(apiVersion: string): string {
  const [first = '', second] = apiVersion.split('/');
  return second === undefined ? `/api/${segment(first)}` : `/apis/${segment(first)}/${segment(second)}`;
}

/** Path of a kind's objects: of one namespace, or of all when none is named. */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const root = rootPath(type.apiVersion);
  if (!type.isNamespaced || namespace === undefined) return `${root}/${segment(type.plural)}`;
  return `${root}/namespaces/${segment(namespace)}/${segment(type.plural)}`;
}

/** Path of one object's neighbours, where it is created: a namespaced kind needs its namespace. */
export function creationPath(type: ResourceType, namespace?: string): string {
  if (type.isNamespaced && namespace === undefined) {
    throw rejected(`build the path of a ${type.kind}`, `${type.kind} is namespaced, and no namespace is named`);
  }
  return collectionPath(type, namespace);
}

/** Path of one object. */
export function objectPath(type: ResourceType, object: { readonly name: string; readonly namespace?: string }): string {
  return `${creationPath(type, object.namespace)}/${segment(object.name)}`;
}

/** An empty name would mean the whole collection, and `..` the path above: neither ever leaves this function. */
function segment(name: string): string {
  if (name === '' || name === '.' || name === '..') {
    throw rejected('build a resource path', `${JSON.stringify(name)} is no name`);
  }
  return encodeURIComponent(name);
}
