import { FleetError } from '../errors.ts';

type Several = Readonly<Record<string, readonly string[] | undefined>>;

/**
 * What of the REST API's event we read (API Gateway documentation, "Input format of a Lambda function for proxy
 * integration"). `path` is as the caller wrote it, undecoded, without the stage; parameters are decoded.
 */
export interface RestEvent {
  readonly httpMethod: string;
  readonly path: string;
  readonly multiValueHeaders?: Several | null;
  readonly multiValueQueryStringParameters?: Several | null;
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
  readonly requestContext: {
    readonly requestId: string;
    /** With the stage, unless a custom domain maps it away. */
    readonly path?: string;
    readonly identity?: { readonly userArn?: string | null };
  };
}

/** The request that the event stands for. Throws `invalid-request` for what is no HTTP request. */
export function requestOf(event: RestEvent): Request {
  const { httpMethod: method, path, body } = event;
  const query = new URLSearchParams(pairsOf(event.multiValueQueryStringParameters)).toString();
  // A request of these methods has no body for us, and `Request` takes none.
  const isBodyless = method === 'GET' || method === 'HEAD' || body === undefined || body === null;
  try {
    return new Request(`https://gateway${path}${query === '' ? '' : `?${query}`}`, {
      method,
      headers: pairsOf(event.multiValueHeaders).map(([name, value]) => [name, asBytes(value)]),
      body: isBodyless ? null : Buffer.from(body, event.isBase64Encoded === true ? 'base64' : 'utf8'),
    });
  } catch (error) {
    throw new FleetError('invalid-request', 'The request has a method or a header that HTTP does not know.', {
      cause: error,
    });
  }
}

function pairsOf(values: Several | null | undefined): [string, string][] {
  return Object.entries(values ?? {}).flatMap(([name, list = []]) =>
    list.map((value): [string, string] => [name, value]),
  );
}

/** `Headers` takes bytes (a character each); text beyond ASCII came as UTF-8. */
function asBytes(value: string): string {
  return Buffer.from(value, 'utf8').toString('latin1');
}
