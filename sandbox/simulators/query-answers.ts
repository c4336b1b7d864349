import { randomUUID } from 'node:crypto';

import type { AwsError } from './aws-error.ts';

/** How services with a query API answer: STS, IAM. */

export interface AnswerFields {
  readonly [name: string]: string | AnswerFields | readonly (string | AnswerFields)[];
}

export interface FormattedAnswer {
  readonly body: string;
  readonly contentType: string;
}

/** The namespace of the XML is the service's and its version's; STS gives JSON to those who ask for it. */
export interface AnswerFormat {
  readonly namespace: string;
  readonly isJson: boolean;
}

/** `<Action>Response` around `<Action>Result`, in both formats (STS API reference, "Example" of each action). */
export function formatAnswer(action: string, fields: AnswerFields, format: AnswerFormat): FormattedAnswer {
  const whole = { [`${action}Result`]: fields, ResponseMetadata: { RequestId: randomUUID() } };
  return format.isJson ? json({ [`${action}Response`]: whole }) : xml(`${action}Response`, whole, format);
}

/** Errors (STS API reference, "Common Error Types"). */
export function formatError(error: AwsError, format: AnswerFormat): FormattedAnswer {
  const type = error.status < 500 ? 'Sender' : 'Receiver';
  const whole = { Error: { Type: type, Code: error.code, Message: error.message }, RequestId: randomUUID() };
  return format.isJson ? json(whole) : xml('ErrorResponse', whole, format);
}

function json(fields: AnswerFields): FormattedAnswer {
  return { body: JSON.stringify(fields), contentType: 'application/json' };
}

function xml(root: string, fields: AnswerFields, { namespace }: AnswerFormat): FormattedAnswer {
  return { body: `<${root} xmlns="${namespace}">${elements(fields)}</${root}>\n`, contentType: 'text/xml' };
}

function elements(fields: AnswerFields): string {
  return Object.entries(fields)
    .map(([name, value]) => `<${name}>${content(value)}</${name}>`)
    .join('');
}

function content(value: AnswerFields[string]): string {
  if (typeof value === 'string') return escape(value);
  return isList(value) ? value.map((one) => `<member>${content(one)}</member>`).join('') : elements(value);
}

function isList(value: AnswerFields[string]): value is readonly (string | AnswerFields)[] {
  return Array.isArray(value);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
