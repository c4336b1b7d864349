import { describe, expect, it } from 'vitest';
import { FleetError } from '../src/errors.ts';
import { apiLog } from '../src/http/api-log.ts';
import { createLog } from '../src/log.ts';

function given() {
  const lines: string[] = [];
  const log = createLog((line) => void lines.push(line));
  return { log, entries: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>), lines };
}

describe('the log', () => {
  it('is one JSON object a line, with time, level and message', () => {
    const { log, entries, lines } = given();

    log.info('one', { operationId: 'op-1' });
    log.warn('two\nlines');
    log.error('three');

    expect(entries()).toMatchObject([
      { level: 'info', message: 'one', operationId: 'op-1' },
      { level: 'warn', message: 'two\nlines' },
      { level: 'error', message: 'three' },
    ]);
    expect(lines.join('')).not.toContain('\n');
    expect(entries()[0]?.['at']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it('tells of an error with its code, what is for the log only, and its causes', () => {
    const { log, entries } = given();
    const cause = new TypeError('the cause', { cause: new Error('the root') });
    const error = new FleetError('conflict', 'Call again.', { internal: 'for us', cause });

    log.error('failed', { error });

    expect(entries()).toMatchObject([
      {
        error: {
          ...{ name: 'FleetError', code: 'conflict', internal: 'for us', message: 'Call again.' },
          cause: { name: 'TypeError', message: 'the cause', cause: { message: 'the root' } },
        },
      },
    ]);
  });

  it('has a line for each answer and each failure of the API', () => {
    const { log, entries } = given();
    const api = apiLog(log);

    api.answered({ requestId: 'r', caller: 'c', method: 'GET', path: '/', status: 200, milliseconds: 1 });
    api.failed({ requestId: 'r', error: new Error('x') });

    expect(entries()).toMatchObject([
      { level: 'info', requestId: 'r', status: 200 },
      { level: 'error', requestId: 'r' },
    ]);
  });
});
