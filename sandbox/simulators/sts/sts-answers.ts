import { randomUUID } from 'node:crypto';

import type { AwsError } from '../aws-error.ts';

export interface AnswerFields {
  readonly [name: string]: string | AnswerFields;
}

export interface FormattedAnswer {
  readonly body: string;
  readonly contentType: string;
}

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** `<Action>Response` around `<Action>Result`, in both formats (STS API reference, "Example" of each action). */
export function formatAnswer(action: string, fields: AnswerFields, asJson: boolean): FormattedAnswer {
  const content = { [`${action}Result`]: fields, ResponseMetadata: { RequestId: randomUUID() } };
  return asJson ? json({ [`${action}Response`]: content }) : xml(`${action}Response`, content);
}

/** Errors (STS API reference, "Common Error Types"). */
export function formatError(error: AwsError, asJson: boolean): FormattedAnswer {
  const type = error.status < 500 ? 'Sender' : 'Receiver';
  const content = { Error: { Type: type, Code: error.code, Message: error.message }, RequestId: randomUUID() };
  return asJson ? json(content) : xml('ErrorResponse', content);
}

function json(content: AnswerFields): FormattedAnswer {
  return { body: JSON.stringify(content), contentType: 'application/json' };
}

function xml(root: string, content: AnswerFields): FormattedAnswer {
  return { body: `<${root} xmlns="${namespace}">${elements(content)}</${root}>\n`, contentType: 'text/xml' };
}

function elements(fields: AnswerFields): string {
  return Object.entries(fields)
    .map(([name, value]) => `<${name}>${typeof value === 'string' ? escape(value) : elements(value)}</${name}>`)
    .join('');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
