/** Events and answers of a Lambda function behind API Gateway's REST API (proxy integration, payload version 1.0). */
export interface RestAnswer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

export interface RestRequest {
  readonly method: string;
  readonly path: string;
  /** As the caller wrote it: with the stage, unless there is a custom domain. */
  readonly stagedPath?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** Headers and parameters that come several times; they add to the others. */
  readonly multiHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly multiQuery?: Readonly<Record<string, readonly string[]>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/**
 * Has every member that the documentation shows ("Input format of a Lambda function for proxy integration",
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html): of a header or
 * parameter that comes several times, the single form has the last value, the multi form has all.
 */
export function restEvent({
  method,
  path,
  stagedPath = `/prod${path}`,
  headers = {},
  query = {},
  multiHeaders = {},
  multiQuery = {},
  ...rest
}: RestRequest): object {
  const allHeaders = { ...severally(headers), ...multiHeaders };
  const allParameters = { ...severally(query), ...multiQuery };
  const hasQuery = Object.keys(allParameters).length > 0;
  return {
    resource: '/{proxy+}',
    path,
    httpMethod: method,
    headers: { Host: 'abcdef.execute-api.eu-west-1.amazonaws.com', ...lastOf(allHeaders) },
    multiValueHeaders: allHeaders,
    queryStringParameters: hasQuery ? lastOf(allParameters) : null,
    multiValueQueryStringParameters: hasQuery ? allParameters : null,
    pathParameters: { proxy: path.slice(1) },
    stageVariables: null,
    requestContext: {
      ...{
        resourceId: 'abc123',
        resourcePath: '/{proxy+}',
        httpMethod: method,
        extendedRequestId: 'x=',
        requestTime: '',
      },
      ...{ path: stagedPath, accountId: '999988887777', protocol: 'HTTP/1.1', stage: 'prod', requestTimeEpoch: 0 },
      ...{ domainPrefix: 'abcdef', requestId: 'gateway-request-1', apiId: 'abcdef' },
      domainName: 'abcdef.execute-api.eu-west-1.amazonaws.com',
      identity: {
        ...{ accountId: '999988887777', caller: 'AROA:operator', sourceIp: '192.0.2.1', userAgent: 'test' },
        userArn: 'arn:aws:sts::999988887777:assumed-role/operator/session',
      },
    },
    body: rest.body ?? null,
    isBase64Encoded: rest.isBase64Encoded ?? false,
  };
}

type Several = Readonly<Record<string, readonly string[]>>;

function severally(values: Readonly<Record<string, string>>): Several {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]]));
}

function lastOf(values: Several): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([name, list]) => [name, list.at(-1) ?? '']));
}
