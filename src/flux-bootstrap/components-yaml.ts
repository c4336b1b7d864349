/**
 * Writes YAML as kustomize and sigs.k8s.io/yaml do: keys sorted, lists not indented, strings plain where they can be.
 * So what we write differs from Flux's own files in nothing, and a diff in the repository shows only real changes.
 */
import { isRecord } from './components-manifests.ts';

/** One line or more for `key: value`, line end included. */
export function emitEntry(key: string, value: unknown, indent = ''): string {
  const head = `${indent}${emitString(key)}:`;
  if (Array.isArray(value) && value.length > 0) return `${head}\n${emitList(value, indent)}`;
  if (isRecord(value) && Object.keys(value).length > 0) return `${head}\n${emitMapping(value, `${indent}  `)}`;
  return `${head} ${emitScalar(value)}\n`;
}

/** A mapping in block style; `undefined` values are left out, as in JSON. */
export function emitMapping(mapping: Readonly<Record<string, unknown>>, indent = ''): string {
  return Object.keys(mapping)
    .filter((key) => mapping[key] !== undefined)
    .toSorted()
    .map((key) => emitEntry(key, mapping[key], indent))
    .join('');
}

function emitList(list: readonly unknown[], indent: string): string {
  return list.map((item) => emitItem(item, indent)).join('');
}

function emitItem(item: unknown, indent: string): string {
  const inner = `${indent}  `;
  const isBlock = (Array.isArray(item) && item.length > 0) || (isRecord(item) && Object.keys(item).length > 0);
  if (!isBlock) return `${indent}- ${emitScalar(item)}\n`;
  const block = Array.isArray(item) ? emitList(item, inner) : emitMapping(item, inner);
  return `${indent}- ${block.slice(inner.length)}`;
}

function emitScalar(value: unknown): string {
  if (typeof value === 'string') return emitString(value);
  if (Array.isArray(value)) return '[]';
  if (isRecord(value)) return '{}';
  return String(value);
}

/** Would be read as null, a boolean, a number, a time or a merge key: go-yaml puts these between double quotes. */
const otherTypes = [
  /^(?:|~|null|y|n|yes|no|on|off|true|false|<<)$/i,
  /^[-+]?(?:0x[0-9a-f_]+|0b[01_]+|0o[0-7_]+|[0-9][0-9_]*)$/i,
  /^[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:e[-+]?[0-9]+)?$/i,
  /^[-+]?\.(?:inf|nan)$/i,
  /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/,
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?$/,
];

/** Plain text would end early or begin something else: go-yaml puts these between single quotes. */
const notPlain = /^[-?:](?:\s|$)|^[,[\]{}#&*!|>'"%@`]|:(?:\s|$)|\s#|^\s|\s$|^---|^\.\.\./;

function emitString(text: string): string {
  // Line breaks and what does not print: a JSON string is a YAML string in double quotes.
  if (/[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]/.test(text)) return JSON.stringify(text);
  if (otherTypes.some((type) => type.test(text))) return JSON.stringify(text);
  return notPlain.test(text) ? `'${text.replaceAll("'", "''")}'` : text;
}
