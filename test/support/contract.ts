/** Holds answers against what the contract says of them. */
import { errorCodes } from '../../src/errors.ts';
import type { ErrorCode } from '../../src/errors.ts';
import type { RouteText } from '../../src/http/route.ts';
import { answerBodies } from '../../src/openapi/answers.ts';
import { describedRoutes } from '../../src/openapi/contract-files.ts';
import { problemCodes } from '../../src/openapi/document.ts';
import { problemSchema } from '../../src/openapi/problem-document.ts';

interface Answered {
  readonly method: string;
  /** Without a query. */
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const routes = describedRoutes().map(({ spec }) => ({
  spec,
  pattern: new RegExp(`^${spec.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}));

/** These answers come before any route is found. */
const ofNoRoute: ReadonlySet<string> = new Set<ErrorCode>(['method-not-allowed', 'not-found', 'invalid-path']);

/** The answer, when all of it is as the contract says; else an error that tells what is not. */
export async function inContract(method: string, path: string, answer: Response): Promise<Response> {
  const text = await answer.clone().text();
  const [plainPath = path] = path.split('?', 1);
  const { status, headers } = answer;
  // A HEAD has no body that could be held against anything.
  const fault = method === 'HEAD' ? undefined : faultOf({ method, path: plainPath, status, headers, text });
  if (fault !== undefined) throw new Error(`not in the contract: ${fault}`);
  return answer;
}

function faultOf(answered: Answered): string | undefined {
  const { method, path, status, text } = answered;
  const found = routes.find(({ spec, pattern }) => spec.method === method && pattern.test(path));
  const where = `${method} ${path}: ${status} ${text.slice(0, 300)}`;
  if (status >= 400) return problemFault(answered, found?.spec, where);
  const answer = found?.spec.answers[status as 200];
  if (!found || !answer) return `${where}: not an answer of ${found?.spec.operationId ?? 'any route'}`;
  const missing = (answer.headers ?? []).find((name) => name !== 'Retry-After' && !answered.headers.has(name));
  if (missing !== undefined) return `${where}: no header ${missing}`;
  if (answer.body === undefined) return text === '' ? undefined : `${where}: a body`;
  const schema = answerBodies[answer.body];
  if (!schema) return undefined;
  const parsed = schema.safeParse(JSON.parse(text));
  return parsed.success ? undefined : `${where}: no ${answer.body}: ${parsed.error.message}`;
}

function problemFault({ text, status }: Answered, spec: RouteText | undefined, where: string): string | undefined {
  const parsed = problemSchema.safeParse(JSON.parse(text));
  if (!parsed.success) return `${where}: no problem document: ${parsed.error.message}`;
  const { code } = parsed.data;
  if (errorCodes[code].status !== status) return `${where}: ${code} has another status`;
  const isKnown =
    spec === undefined ? ofNoRoute.has(code) : problemCodes(spec).includes(code) || code === 'invalid-path';
  return isKnown ? undefined : `${where}: ${code} is not among the problems of ${spec?.operationId ?? 'no route'}`;
}
