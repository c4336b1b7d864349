import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import { badRequest } from './kubernetes-error.ts';

/**
 * The objects that `fieldSelector` and `labelSelector` of a request mean. Fields: `metadata.name` and
 * `metadata.namespace`, which every kind has; labels: equality and presence, no sets.
 */
export function selectorOf(query: URLSearchParams): (object: KubernetesObject) => boolean {
  const tests = [
    ...termsOf(query.get('fieldSelector')).map(fieldTest),
    ...termsOf(query.get('labelSelector')).map(labelTest),
  ];
  return (object) => tests.every((test) => test(object));
}

type Test = (object: KubernetesObject) => boolean;

interface Term {
  readonly key: string;
  readonly operator: string;
  readonly value: string;
}

function termsOf(selector: string | null): readonly Term[] {
  if (selector === null || selector === '') return [];
  return selector.split(',').map((text) => {
    const [, not = '', key = '', operator = '', value = ''] =
      /^(!?)([^=!\s]+)(?:(==?|!=)(.*))?$/.exec(text.trim()) ?? [];
    if (key === '' || (not !== '' && operator !== '')) throw badRequest(`unable to parse requirement: ${text}`);
    return { key, operator: not || operator, value };
  });
}

function fieldTest({ key, operator, value }: Term): Test {
  if (!['metadata.name', 'metadata.namespace'].includes(key) || operator === '' || operator === '!') {
    throw badRequest(`field label not supported: ${key}`);
  }
  const field = key.slice('metadata.'.length);
  return ({ metadata }) => ((metadata[field] ?? '') === value) === (operator !== '!=');
}

function labelTest({ key, operator, value }: Term): Test {
  return ({ metadata: { labels = {} } }) => {
    switch (operator) {
      case '':
        return key in labels;
      case '!':
        return !(key in labels);
      case '!=':
        return labels[key] !== value;
      default:
        return labels[key] === value;
    }
  };
}
