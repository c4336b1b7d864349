import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readWatchEvents, type WatchEvent } from '../../src/adapters/kubernetes-watch-events.ts';

function line(type: string, resourceVersion: string, rest: object = {}): string {
  const metadata = { name: 'größe', resourceVersion };
  return `${JSON.stringify({ type, object: { apiVersion: 'v1', kind: 'ConfigMap', metadata, ...rest } })}\n`;
}

async function eventsOf(chunks: readonly Uint8Array[], maxLineBytes = 10_000): Promise<WatchEvent[]> {
  async function* body() {
    yield* chunks;
  }
  const events: WatchEvent[] = [];
  for await (const event of readWatchEvents(body(), { attempted: 'watch', maxLineBytes })) {
    events.push(event);
  }
  return events;
}

describe('the events of a watch', () => {
  it('are told apart', async () => {
    const text = line('ADDED', '1') + line('MODIFIED', '2') + line('BOOKMARK', '3') + line('DELETED', '4');

    const events = await eventsOf([Buffer.from(text)]);

    expect(events.map((event) => event.kind)).toEqual(['changed', 'changed', 'bookmark', 'deleted']);
    expect(events).toMatchObject(['1', '2', '3', '4'].map((resourceVersion) => ({ resourceVersion })));
  });

  it('are the same wherever the network cuts them', async () => {
    const body = Buffer.from(line('ADDED', '1', { data: { a: 'ä' } }) + line('BOOKMARK', '2') + line('DELETED', '3'));
    const whole = await eventsOf([body]);

    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: body.length })), async (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), body.length];
        const chunks = at.slice(1).map((end, index) => body.subarray(at[index], end));

        expect(await eventsOf(chunks)).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  it('leave out what was cut off at the end', async () => {
    const body = line('ADDED', '1') + line('MODIFIED', '2').slice(0, -2);

    expect(await eventsOf([Buffer.from(body)])).toHaveLength(1);
  });

  it('hold the refusal with which the API server ends a watch', async () => {
    const object = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };

    const events = await eventsOf([Buffer.from(`${JSON.stringify({ type: 'ERROR', object })}\n`)]);

    expect(events).toMatchObject([{ kind: 'refused', answer: { status: 410, body: { reason: 'Expired' } } }]);
  });

  it.each(['no JSON\n', '[]\n', '{"type":"ADDED"}\n', '{"type":"ADDED","object":{"metadata":{}}}\n'])(
    'are refused when they are none: %j',
    async (text) => {
      await expect(eventsOf([Buffer.from(text)])).rejects.toMatchObject({ failure: 'protocol' });
    },
  );

  it('are refused when one grows beyond its bound', async () => {
    const chunks = Array.from({ length: 3 }, () => Buffer.alloc(500, 0x20));

    await expect(eventsOf(chunks, 1000)).rejects.toMatchObject({ failure: 'protocol' });
  });
});
