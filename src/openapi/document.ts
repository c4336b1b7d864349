import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { createDocument } from 'zod-openapi';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { errorCodes } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { pathParameters } from '../http/path-parameters.ts';
import type { PathParameter } from '../http/path-parameters.ts';
import { problemMediaType } from '../http/problem.ts';
import type { Answer, Route, RouteText } from '../http/route.ts';
import { answerBodies, requestBodies } from './answers.ts';
import { answerExamples, requestExamples } from './examples.ts';
import { answerHeaders, operationInTheWay, requestHeaders } from './headers.ts';
import { linksFrom } from './links.ts';
import { problemExample, problemSchema } from './problem-document.ts';
import { introduction, tags } from './introduction.ts';

/** The contract as OpenAPI 3.1, from what the routes say of themselves. */
export async function createContract(routes: readonly Route[]): Promise<object> {
  const paths: ZodOpenApiPathsObject = {};
  const problems: Problems = new Map();
  for (const { spec } of routes) {
    const operation = await operationOf(spec, { routes, problems });
    paths[spec.path] = { ...paths[spec.path], [spec.method.toLowerCase()]: operation };
  }
  return createDocument({
    openapi: '3.1.0',
    info: { title: 'Fleet API', version: productVersion(), ...introduction },
    servers: [
      {
        url: 'https://{api}.execute-api.{region}.amazonaws.com/{stage}',
        description: 'API Gateway in the account of the installation',
        variables: {
          api: { default: 'abcdef1234', description: 'Id of the API in API Gateway.' },
          region: { default: 'eu-west-1', description: 'AWS region of the installation.' },
          stage: { default: 'prod', description: 'Stage of the API.' },
        },
      },
    ],
    security: [{ sigv4: [] }],
    tags: [...tags],
    paths,
    components: {
      examples: sharedExamples(routes),
      securitySchemes: {
        sigv4: {
          type: 'apiKey',
          name: 'Authorization',
          in: 'header',
          description:
            'AWS Signature Version 4, service `execute-api`; what a caller may do, IAM says by method and path.',
          'x-amazon-apigateway-authtype': 'awsSigv4',
        },
      },
    },
  });
}

/** Each stands once, and is referred to wherever it can come. */
function sharedExamples(routes: readonly Route[]) {
  const bodies = Object.entries({ ...requestExamples, ...answerExamples });
  const codes = new Set(routes.flatMap(({ spec }) => problemCodes(spec)));
  return {
    ...Object.fromEntries(bodies.map(([name, value]) => [name, { summary: 'A whole one', value }])),
    ...Object.fromEntries([...codes].toSorted().map((code) => [code, problemExample(code)])),
  };
}

function exampleReference(name: string) {
  return { $ref: `#/components/examples/${name}` } as const;
}

function productVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

/** Answers that are problems, by their id: each set of codes has one, and it must be the same object wherever it is. */
type Problems = Map<string, ZodOpenApiResponseObject>;

async function operationOf(
  spec: RouteText,
  { routes, problems }: { readonly routes: readonly Route[]; readonly problems: Problems },
): Promise<ZodOpenApiOperationObject> {
  const { operationId, summary, description, tag, query, body, headers = [] } = spec;
  const success: Record<string, ZodOpenApiResponseObject> = {};
  for (const [status, answer] of Object.entries(spec.answers)) {
    success[status] = answerOf(answer, linksFrom(spec, Number(status), routes));
  }
  return {
    ...{ operationId, summary, description, tags: [tag] },
    requestParams: {
      path: pathSchema(spec.path),
      ...(query ? { query: (await query()) as z.ZodObject } : {}),
      ...(headers.length > 0 ? { header: z.object(pick(requestHeaders, headers)) } : {}),
    },
    ...(body ? { requestBody: requestBodyOf(body) } : {}),
    responses: { ...success, ...problemsOf(spec, problems) },
  };
}

function pathSchema(path: string): z.ZodObject {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as PathParameter);
  return z.object(
    Object.fromEntries(
      names.map((name) => {
        const { pattern, description, example } = pathParameters[name];
        return [
          name,
          z
            .string()
            .regex(pattern)
            .meta({ description, examples: [example] }),
        ];
      }),
    ),
  );
}

function pick<T>(all: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}

function requestBodyOf({ name, isOptional = false }: NonNullable<RouteText['body']>) {
  const schema = Object.entries(requestBodies).find(([key]) => key === name)?.[1];
  const value = requestExamples[name];
  if (!schema || value === undefined) throw new TypeError(`the contract lacks the body ${name}`);
  const examples = { [name]: exampleReference(name) };
  return { required: !isOptional, content: { 'application/json': { schema, examples } } };
}

function answerOf(
  { body, means, headers = [] }: Answer,
  links: ZodOpenApiResponseObject['links'],
): ZodOpenApiResponseObject {
  return {
    description: means,
    headers: z.object(pick(answerHeaders, ['X-Request-Id', ...headers])),
    ...contentOf(body),
    ...(links && Object.keys(links).length > 0 ? { links } : {}),
  };
}

function contentOf(body: string | undefined): Pick<ZodOpenApiResponseObject, 'content'> {
  if (body === undefined) return {};
  if (body === 'Contract') {
    const schema = z.looseObject({ openapi: z.string() });
    return { content: { 'application/yaml': { schema, example: { openapi: '3.1.0' } } } };
  }
  const schema = answerBodies[body];
  const value = answerExamples[body];
  if (!schema || value === undefined) throw new TypeError(`the contract lacks the answer ${body}`);
  return { content: { 'application/json': { schema, examples: { [body]: exampleReference(body) } } } };
}

const ofEvery: readonly ErrorCode[] = ['invalid-request', 'invalid-path', 'internal-error', 'service-unavailable'];
const ofBodies: readonly ErrorCode[] = ['payload-too-large', 'unsupported-media-type'];

export function problemCodes(spec: RouteText): readonly ErrorCode[] {
  return [...ofEvery, ...(spec.body ? ofBodies : []), ...spec.problems];
}

/** One answer for each status, with an example for each code. */
function problemsOf(spec: RouteText, problems: Problems): Record<string, ZodOpenApiResponseObject> {
  const byStatus = Map.groupBy(problemCodes(spec), (code) => errorCodes[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => {
      const id = codes.map(pascalCase).join('Or');
      const answer = problems.get(id) ?? problemAnswer(id, codes);
      problems.set(id, answer);
      return [status, answer];
    }),
  );
}

function problemAnswer(id: string, codes: readonly ErrorCode[]): ZodOpenApiResponseObject {
  const examples = Object.fromEntries(codes.map((code) => [code, exampleReference(code)]));
  return {
    id,
    description: codes.map((code) => `\`${code}\`: ${errorCodes[code].title}.`).join(' '),
    headers: z.object({ ...pick(answerHeaders, ['X-Request-Id']), ...problemHeaders(codes) }),
    content: { [problemMediaType]: { schema: problemSchema, examples } },
  };
}

function problemHeaders(codes: readonly ErrorCode[]): Record<string, z.ZodType> {
  if (codes.includes('service-unavailable')) return pick(answerHeaders, ['Retry-After']);
  const leads = codes.some((code) => code === 'operation-in-progress' || code === 'operation-ended');
  return leads ? { Location: operationInTheWay } : {};
}

function pascalCase(code: string): string {
  return code.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
