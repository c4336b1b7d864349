import { randomUUID } from 'node:crypto';

import type { ExecutionRecord } from './execution-record.ts';

/** The Lambda runtime's context object, as far as it has a meaning outside Lambda. */
export interface InvocationContext {
  readonly callbackWaitsForEmptyEventLoop: boolean;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  readonly awsRequestId: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  getRemainingTimeInMillis(): number;
  done(): void;
  fail(): void;
  succeed(): void;
}

export function invocationContext(record: ExecutionRecord, remainingMilliseconds: () => number): InvocationContext {
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: record.functionName,
    functionVersion: '1',
    invokedFunctionArn: record.arn.replace(/\/durable-execution\/.*$/, ''),
    memoryLimitInMB: '1024',
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${record.functionName}`,
    logStreamName: record.executionName,
    getRemainingTimeInMillis: remainingMilliseconds,
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}
