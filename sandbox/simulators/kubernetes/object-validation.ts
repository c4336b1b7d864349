import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import { isRecord, isSame, type Json, recordAt, recordsAt, stringAt } from './json.ts';
import { type Kind, storageKey } from './kinds.ts';
import { badRequest, invalid, type StatusCause } from './kubernetes-error.ts';

/** k8s.io/apimachinery `pkg/util/validation/validation.go`: the words and limits. */
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const labelPart = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$/;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const subdomainWords =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelWords =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const labelValueWords =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/** All values of a Secret, and of a ConfigMap, together (k8s.io/kubernetes `core.MaxSecretSize`). */
const largestData = 1024 * 1024;
const largestAnnotations = 256 * 1024;

/** Throws 422 with all that is wrong. `before` is the object that is changed, where there is one. */
export function validate(object: KubernetesObject, kind: Kind, before: KubernetesObject | undefined): void {
  const causes = [
    ...(before ? [] : nameCauses(object, kind)),
    ...labelCauses(object),
    ...annotationCauses(object),
    ...(checks[storageKey(kind)]?.(object, before) ?? []),
  ];
  if (causes.length > 0) throw invalid(kind, object.metadata.name, causes);
}

type Check = (object: KubernetesObject, before: KubernetesObject | undefined) => readonly StatusCause[];

const checks: Readonly<Record<string, Check>> = {
  '/Secret': (object, before) => [...secretCauses(object), ...frozen(object, before, 'type')],
  '/ConfigMap': (object) => [...dataCauses(object, 'data'), ...tooLong(Object.values(recordAt(object, 'data')))],
  'apps/Deployment': deploymentCauses,
  'rbac.authorization.k8s.io/ClusterRoleBinding': (object, before) => frozen(object, before, 'roleRef'),
  'rbac.authorization.k8s.io/RoleBinding': (object, before) => frozen(object, before, 'roleRef'),
  'apiextensions.k8s.io/CustomResourceDefinition': definitionCauses,
};

function cause(field: string, reason: string, message: string): StatusCause {
  return { field, reason, message };
}

function invalidValue(field: string, value: unknown, why: string): StatusCause {
  return cause(field, 'FieldValueInvalid', `Invalid value: ${JSON.stringify(value)}: ${why}`);
}

function required(field: string, why = ''): StatusCause {
  return cause(field, 'FieldValueRequired', `Required value${why && `: ${why}`}`);
}

function nameCauses({ metadata: { name } }: KubernetesObject, kind: Kind): readonly StatusCause[] {
  const field = 'metadata.name';
  if (kind.group === 'rbac.authorization.k8s.io') {
    // Names of roles and bindings only have to fit into a path (`path.IsValidPathSegmentName`).
    return name === '.' || name === '..' || /[/%]/.test(name) ? [invalidValue(field, name, `may not contain '/'`)] : [];
  }
  const isLabel = kind.kind === 'Namespace' || kind.kind === 'Service';
  const longest = isLabel ? 63 : 253;
  const causes: StatusCause[] = [];
  if (!(isLabel ? label : subdomain).test(name)) {
    causes.push(invalidValue(field, name, isLabel ? labelWords : subdomainWords));
  }
  if (name.length > longest) causes.push(invalidValue(field, name, `must be no more than ${longest} characters`));
  return causes;
}

function labelCauses({ metadata: { labels = {} } }: KubernetesObject): readonly StatusCause[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const causes = keyCauses('metadata.labels', key);
    if (value.length > 63) causes.push(invalidValue('metadata.labels', value, 'must be no more than 63 characters'));
    if (value !== '' && !labelPart.test(value)) causes.push(invalidValue('metadata.labels', value, labelValueWords));
    return causes;
  });
}

function keyCauses(field: string, key: string): StatusCause[] {
  const parts = key.split('/');
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  if (
    parts.length > 2 ||
    name.length > 63 ||
    !labelPart.test(name) ||
    (prefix !== undefined && !subdomain.test(prefix))
  ) {
    return [invalidValue(field, key, 'a qualified name must consist of a name with an optional DNS subdomain prefix')];
  }
  return [];
}

function annotationCauses({ metadata: { annotations = {} } }: KubernetesObject): readonly StatusCause[] {
  const bytes = Object.entries(annotations).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  const field = 'metadata.annotations';
  const causes = Object.keys(annotations).flatMap((key) => keyCauses(field, key.toLowerCase()));
  const limit = `Too long: may not be more than ${largestAnnotations} bytes`;
  return bytes > largestAnnotations ? [...causes, cause(field, 'FieldValueTooLong', limit)] : causes;
}

/** Values that are no base64 never become an object. Of none of them anything stands in what is said. */
function secretCauses(object: KubernetesObject): readonly StatusCause[] {
  const data = recordAt(object, 'data');
  if (!Object.values(data).every((value) => typeof value === 'string' && base64.test(value))) {
    throw badRequest('Secret in version "v1" cannot be handled as a Secret: illegal base64 data');
  }
  const bytes = Object.values(data).map((value) => Buffer.from(String(value), 'base64'));
  return [...dataCauses(object, 'data'), ...tooLong(bytes)];
}

function dataCauses(object: KubernetesObject, field: string): readonly StatusCause[] {
  return Object.keys(recordAt(object, field))
    .filter((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key))
    .map((key) =>
      invalidValue(
        `${field}[${key}]`,
        key,
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
      ),
    );
}

function tooLong(values: readonly unknown[]): readonly StatusCause[] {
  const bytes = values.reduce<number>((sum, value) => sum + (value as string | Buffer).length, 0);
  const message = `Too long: may not be more than ${largestData} bytes`;
  return bytes > largestData ? [cause('data', 'FieldValueTooLong', message)] : [];
}

function frozen(object: Json, before: Json | undefined, field: string): readonly StatusCause[] {
  if (!before || isSame(object[field], before[field])) return [];
  const why = field === 'roleRef' ? 'cannot change roleRef' : 'field is immutable';
  return [invalidValue(field, object[field], why)];
}

function deploymentCauses(object: KubernetesObject, before: KubernetesObject | undefined): readonly StatusCause[] {
  const spec = recordAt(object, 'spec');
  const { selector } = spec;
  const podLabels = recordAt(recordAt(recordAt(spec, 'template'), 'metadata'), 'labels');
  const containers = recordsAt(recordAt(recordAt(spec, 'template'), 'spec'), 'containers');
  const causes = containers.length === 0 ? [required('spec.template.spec.containers')] : [];
  if (!isRecord(selector)) return [required('spec.selector'), ...causes];
  const selected = Object.entries(recordAt(selector, 'matchLabels'));
  if (!selected.every(([key, value]) => podLabels[key] === value)) {
    causes.push(
      invalidValue('spec.template.metadata.labels', podLabels, '`selector` does not match template `labels`'),
    );
  }
  if (before && !isSame(selector, recordAt(before, 'spec')['selector'])) {
    causes.push(invalidValue('spec.selector', selector, 'field is immutable'));
  }
  return causes;
}

function definitionCauses(object: KubernetesObject): readonly StatusCause[] {
  const spec = recordAt(object, 'spec');
  const names = recordAt(spec, 'names');
  const causes: StatusCause[] = [];
  for (const field of ['plural', 'kind']) {
    if (stringAt(names, field) === '') causes.push(required(`spec.names.${field}`));
  }
  if (stringAt(spec, 'group') === '') causes.push(required('spec.group'));
  const expected = `${stringAt(names, 'plural')}.${stringAt(spec, 'group')}`;
  if (causes.length === 0 && object.metadata.name !== expected) {
    causes.push(invalidValue('metadata.name', object.metadata.name, `must be spec.names.plural+"."+spec.group`));
  }
  if (spec['scope'] !== 'Namespaced' && spec['scope'] !== 'Cluster') causes.push(required('spec.scope'));
  const stored = recordsAt(spec, 'versions').filter((version) => version['storage'] === true);
  if (stored.length !== 1) {
    causes.push(
      invalidValue(
        'spec.versions',
        spec['versions'] ?? null,
        'must have exactly one version marked as storage version',
      ),
    );
  }
  return causes;
}
