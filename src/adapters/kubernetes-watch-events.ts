import { isKubernetesObject } from './kubernetes-object.ts';
import { type ApiAnswer, isRecord, unreadable } from './kubernetes-failures.ts';
import type { KubernetesObject } from '../ports/kubernetes-cluster.ts';

/** One line of a watch (meta/v1 `WatchEvent`), as far as we use it. */
export type WatchEvent =
  | { readonly kind: 'changed' | 'deleted'; readonly object: KubernetesObject; readonly resourceVersion: string }
  | { readonly kind: 'bookmark'; readonly resourceVersion: string }
  /** The watch ended with this refusal; 410: its resource version is too old. */
  | { readonly kind: 'refused'; readonly answer: ApiAnswer };

const newline = 0x0a;

/**
 * Cuts a watch's body into its events. What stands behind the last newline when the body ends was cut off on the way
 * and is left out. A line above `maxLineBytes`, or one that is no event, is an `OutsideCallError` `protocol`.
 */
export async function* readWatchEvents(
  chunks: AsyncIterable<Uint8Array>,
  options: { readonly attempted: string; readonly maxLineBytes: number },
): AsyncGenerator<WatchEvent> {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      pending.push(chunk.subarray(start, end));
      start = end + 1;
      const line = Buffer.concat(pending).toString('utf8');
      pending = [];
      pendingBytes = 0;
      if (line.trim() !== '') {
        yield readWatchEvent(line, options.attempted);
      }
    }
    pending.push(chunk.subarray(start));
    pendingBytes += chunk.length - start;
    if (pendingBytes > options.maxLineBytes) {
      throw unreadable(options.attempted, `an event has more than ${options.maxLineBytes} bytes`);
    }
  }
}

function readWatchEvent(line: string, attempted: string): WatchEvent {
  const event = parsedLine(line, attempted);
  const object = isRecord(event) ? event['object'] : undefined;
  if (!isRecord(event) || !isRecord(object)) {
    throw unreadable(attempted, 'a line of the watch is no event');
  }
  if (event['type'] === 'ERROR') {
    const status = typeof object['code'] === 'number' ? object['code'] : 500;
    return { kind: 'refused', answer: { status, body: object, retryAfterSeconds: undefined } };
  }
  const resourceVersion = isRecord(object['metadata']) ? object['metadata']['resourceVersion'] : undefined;
  if (typeof resourceVersion !== 'string') {
    throw unreadable(attempted, 'an event of the watch has no resource version');
  }
  if (event['type'] === 'BOOKMARK') {
    return { kind: 'bookmark', resourceVersion };
  }
  if (!isKubernetesObject(object)) {
    throw unreadable(attempted, 'an event of the watch has no object');
  }
  return { kind: event['type'] === 'DELETED' ? 'deleted' : 'changed', object, resourceVersion };
}

function parsedLine(line: string, attempted: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    return value;
  } catch (error) {
    throw unreadable(attempted, 'a line of the watch is not JSON', error);
  }
}
