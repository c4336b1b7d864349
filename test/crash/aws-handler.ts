/** The SDK's requests without a socket: each is handed to the simulator that would have got it. */
import type { EKSClientConfig } from '@aws-sdk/client-eks';
import type { Hono } from 'hono';
import type { Call, Wire } from './wire.ts';

export interface WireRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** As the SDK hands it over (`@smithy/types`, HttpRequest). */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** `customer`: STS, EKS and ECR, which one client configuration serves; STS and ECR have no path, ECR names itself. */
export type AwsService = 'dynamodb' | 'customer' | 'lambda';
type Answers = (request: WireRequest, url: URL) => Promise<WireAnswer>;
type RequestHandler = NonNullable<EKSClientConfig['requestHandler']>;

/** What the clients of one service take as `requestHandler`. */
export function awsHandler(service: AwsService, wire: Wire, answer: Answers): RequestHandler {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
    destroy: () => undefined,
    async handle(request: SdkRequest) {
      const path = `${request.path}${queryOf(request.query)}`;
      const body = await textOf(request.body);
      const sent = { method: request.method, path, headers: request.headers, body };
      const { hostname, protocol, port } = request;
      const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`);
      const { status, headers, body: bytes } = await wire.pass(callOf(service, sent), () => answer(sent, url));
      return { response: { statusCode: status, headers, body: bytes } };
    },
  };
}

export async function askHono(app: Hono, request: WireRequest, url: URL): Promise<WireAnswer> {
  const { method, headers, body } = request;
  const init = { method, headers: { ...headers }, ...(body === '' ? {} : { body }) };
  const answer = await app.fetch(new Request(url, init));
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: new Uint8Array(await answer.arrayBuffer()),
  };
}

const writes: ReadonlySet<string> = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem']);

/** By the wire alone: the method, and the path or the key with what is somebody's own left out. */
export function callOf(service: AwsService, { method, path, headers, body }: WireRequest): Call {
  switch (service) {
    case 'dynamodb': {
      const action = (headers['x-amz-target'] ?? headers['X-Amz-Target'] ?? '').split('.')[1] ?? '';
      return { name: `dynamodb ${action}${keyShown(body)}`, hasEffect: writes.has(action) };
    }
    case 'customer': {
      const [, ecrAction] = (headers['x-amz-target'] ?? headers['X-Amz-Target'] ?? '').split('.');
      if (ecrAction !== undefined) return { name: `ecr ${ecrAction}`, hasEffect: !/^(Get|Describe)/.test(ecrAction) };
      return path === '/'
        ? { name: `sts ${new URLSearchParams(body).get('Action') ?? method}`, hasEffect: true }
        : { name: `eks ${method} ${templateOf(path)}`, hasEffect: method !== 'GET' };
    }
    case 'lambda':
      return { name: `lambda ${method} ${templateOf(path)}`, hasEffect: method !== 'GET' };
  }
}

function templateOf(path: string): string {
  return (path.split('?', 1)[0] ?? '')
    .replace(/\/clusters\/[^/]+/, '/clusters/{cluster}')
    .replace(/\/access-entries\/[^/]+/, '/access-entries/{principal}')
    .replace(/\/functions\/[^/]+/, '/functions/{function}')
    .replace(/\/durable-executions\/[^/]+/, '/durable-executions/{execution}');
}

/** Which kind of item: the start of its sort key, or of its partition's where the sort key is a name or a time. */
function keyShown(body: string): string {
  const request = JSON.parse(body) as { Key?: ItemKey; Item?: ItemKey; IndexName?: string };
  const key = request.Key ?? request.Item;
  return [key && kindOf(key), request.IndexName]
    .filter((part) => part !== undefined)
    .map((part) => ` ${part}`)
    .join('');
}

interface ItemKey {
  readonly pk?: { readonly S?: string };
  readonly sk?: { readonly S?: string };
}

function kindOf({ pk, sk }: ItemKey): string | undefined {
  const [partition = ''] = pk?.S?.split('#') ?? [];
  if (partition.startsWith('ECR')) return partition;
  // Its sort key begins with a time, and may end with what happened.
  if (partition === 'EVENTS') return ['EVENT', /-([a-z-]+\.[a-z-]+)$/.exec(sk?.S ?? '')?.[1] ?? 'change'].join(' ');
  return sk?.S?.split('#', 1)[0];
}

function queryOf(query: SdkRequest['query'] = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value ?? '']) parameters.append(name, String(one));
  }
  const text = parameters.toString().replaceAll('+', '%20');
  return text === '' ? '' : `?${text}`;
}

async function textOf(body: unknown): Promise<string> {
  if (body === undefined || body === null) return '';
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  throw new TypeError('a body that is sent in pieces');
}
