/** The API as a customer's automation calls it: plain HTTP. Keeps every answer, for whoever looks for secrets in them. */
import * as z from 'zod';
import { waitFor } from './wait-for.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
}

export interface Call {
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FleetClient {
  call(method: string, path: string, call?: Call): Promise<Answer>;
  /** PUT that has to succeed. */
  put(path: string, spec: object): Promise<Answer>;
  /** Everything that was answered so far, headers included, as one text. */
  transcript(): string;
}

const step = z.object({
  name: z.string(),
  state: z.string(),
  attempt: z.number(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  evidence: z.record(z.string(), z.unknown()).optional(),
});

const operationSchema = z.object({
  id: z.string(),
  state: z.string(),
  createdAt: z.string(),
  endedAt: z.string().optional(),
  steps: z.array(step),
  failure: z
    .object({
      step: z.string(),
      code: z.string(),
      detail: z.string(),
      retryable: z.boolean(),
      remedies: z.array(z.string()),
    })
    .optional(),
});
export type ApiOperation = z.infer<typeof operationSchema>;

export function createFleetClient(apiUrl: string): FleetClient {
  const answers: string[] = [];

  async function call(method: string, path: string, { body, headers = {} }: Call = {}): Promise<Answer> {
    const { answer, text } = await send(`${apiUrl}${path}`, {
      method,
      headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
      // The API holds an answer for 25 s at most.
      signal: AbortSignal.timeout(60_000),
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    answers.push(`${method} ${path}: ${answer.status} ${JSON.stringify([...answer.headers])} ${text}`);
    return { status: answer.status, headers: answer.headers, text, body: text === '' ? undefined : JSON.parse(text) };
  }

  return {
    call,
    async put(path, spec) {
      const answer = await call('PUT', path, { body: spec });
      const { status, text } = answer;
      if (status !== 200 && status !== 201) throw new Error(`PUT ${path}: ${status} ${text}`);
      return answer;
    },
    transcript: () => answers.join('\n'),
  };
}

async function send(url: string, request: RequestInit): Promise<{ answer: Response; text: string }> {
  try {
    const answer = await fetch(url, request);
    return { answer, text: await answer.text() };
  } catch (error) {
    throw new Error(`${request.method} ${url}: no answer`, { cause: error });
  }
}

export function readOperation(answer: Answer): ApiOperation {
  const parsed = operationSchema.safeParse(answer.body);
  if (!parsed.success) throw new Error(`${answer.status} is no operation: ${answer.text}`);
  return parsed.data;
}

const resting: ReadonlySet<string> = new Set([
  'SUCCEEDED',
  'FAILED',
  'CANCELLED',
  'REJECTED',
  'AWAITING_MERGE',
  'AWAITING_REGISTRATION',
]);

/** The operation once it rests. An API that is away for a while is asked again. */
export async function whenResting(fleet: FleetClient, path: string, limitSeconds = 280): Promise<ApiOperation> {
  return waitFor(
    `${path} rests`,
    async () => {
      const operation = readOperation(await fleet.call('GET', path, { headers: { prefer: 'wait=5' } }));
      return resting.has(operation.state) ? operation : undefined;
    },
    { limitSeconds },
  );
}

/** The evidence of a step; an error when the step has none. */
export function evidenceOf(operation: ApiOperation, name: string): Readonly<Record<string, unknown>> {
  const evidence = operation.steps.find((candidate) => candidate.name === name)?.evidence;
  if (evidence === undefined) throw new Error(`${name} has no evidence: ${JSON.stringify(operation)}`);
  return evidence;
}
