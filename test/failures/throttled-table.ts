/** DynamoDB that turns requests away because there are too many, as often as its faults say. */
import type { Faulty } from '../../sandbox/simulators/faults.ts';
import { withFaults } from '../../sandbox/simulators/faults.ts';
import type { WireAnswer } from '../crash/aws-handler.ts';
import type { TableStore } from '../crash/table-store.ts';

/** Actions are `dynamodb:GetItem` … */
export function throttledTable(store: TableStore, faulty: Faulty): TableStore {
  return (request) => {
    const action = (request.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
    return withFaults<WireAnswer>(faulty, `dynamodb:${action}`, {
      perform: () => store(request),
      refuse: ({ status, code, message }) => ({
        ...{ status, headers: { 'content-type': 'application/x-amz-json-1.0' } },
        body: Buffer.from(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, message })),
      }),
    });
  };
}
