import type { Context } from 'hono';
import { AwsError } from './aws-error.ts';
import type { SignatureFault, SignatureRules, SignedRequest } from './aws-signature.ts';
import { verifySignature } from './aws-signature.ts';
import type { AwsWorld, Caller, TrailEntry } from './aws-world.ts';
import { withFaults } from './faults.ts';
import type { AnswerFields, FormattedAnswer } from './query-answers.ts';
import { formatAnswer, formatError } from './query-answers.ts';
import { onTrail } from './signed-call.ts';

/**
 * Codes and statuses of refused signatures (STS API reference, "Common Error Types"). A date too far away is
 * SignatureDoesNotMatch in practice (aws/aws-cli#6676), although RequestExpired is documented.
 */
const signatureErrors = {
  missing: { status: 403, code: 'MissingAuthenticationToken' },
  incomplete: { status: 400, code: 'IncompleteSignature' },
  'unknown-key': { status: 403, code: 'InvalidClientTokenId' },
  'wrong-session-token': { status: 403, code: 'InvalidClientTokenId' },
  'session-expired': { status: 403, code: 'ExpiredToken' },
  'not-current': { status: 403, code: 'SignatureDoesNotMatch' },
  'wrong-scope': { status: 403, code: 'SignatureDoesNotMatch' },
  mismatch: { status: 403, code: 'SignatureDoesNotMatch' },
} as const satisfies Record<SignatureFault, { status: 400 | 403; code: string }>;

/** One signed call of a service with a query API. */
export interface QueryCall {
  readonly action: string;
  readonly parameters: URLSearchParams;
  readonly caller: Caller;
}

interface QueryAnswer {
  readonly action: string;
  readonly fields: AnswerFields;
}

/** A service with a query API. */
export interface QueryService extends SignatureRules {
  /** Of its XML. */
  readonly namespace: string;
  /** What the trail says of a call beside who made it. */
  readonly trailOf: (call: QueryCall) => Pick<TrailEntry, 'resource' | 'requestParameters'>;
  readonly perform: (world: AwsWorld, call: QueryCall) => AnswerFields;
}

/** Answers a call in XML, or in JSON to whoever asks for it, with whatever fault is due, and enters it on the trail. */
export async function serveQuery(world: AwsWorld, c: Context, service: QueryService): Promise<Response> {
  const format = { namespace: service.namespace, isJson: c.req.header('accept') === 'application/json' };
  try {
    const { action, fields } = await answerQuery(world, await readRequest(c), service);
    return respond(200, formatAnswer(action, fields, format));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return respond(error.status, formatError(error, format));
  }
}

async function readRequest(c: Context): Promise<SignedRequest> {
  const { method, headers, url } = c.req.raw;
  return { method, headers, url: new URL(url), body: await c.req.text() };
}

function respond(status: number, { body, contentType }: FormattedAnswer): Response {
  return new Response(body, { status, headers: { 'content-type': contentType } });
}

async function answerQuery(world: AwsWorld, request: SignedRequest, service: QueryService): Promise<QueryAnswer> {
  const parameters = request.method === 'POST' ? new URLSearchParams(request.body) : request.url.searchParams;
  const action = parameters.get('Action') ?? '';
  const name = `${service.service}:${action}`;
  return withFaults(world, name, {
    async perform() {
      const verified = verifySignature(world, request, service);
      if (verified.kind === 'refused') {
        const { status, code } = signatureErrors[verified.fault];
        throw new AwsError(status, code, verified.message);
      }
      const { caller } = verified;
      const call = { action, parameters, caller };
      const entry = { action: name, caller: caller.arn, ...service.trailOf(call) };
      return { action, fields: await onTrail(world, entry, () => service.perform(world, call)) };
    },
    refuse({ status, code, message }) {
      throw new AwsError(status, code, message);
    },
  });
}
