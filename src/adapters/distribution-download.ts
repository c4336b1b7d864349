/** One GET of a release file, with a limit on its size. */
import { OutsideCallError, type OutsideFailure } from '../errors.ts';
import { readBody } from './outside-fetch.ts';

/** The part of `fetch` that is used; redirects are followed, since GitHub serves release files from another host. */
export type DownloadFetch = (url: string, init: { readonly signal: AbortSignal }) => Promise<Response>;

export interface DownloadOptions {
  readonly fetch: DownloadFetch;
  readonly url: string;
  readonly largestBytes: number;
  readonly signal: AbortSignal;
}

/**
 * The file's content; `undefined` when there is no such file.
 * @throws OutsideCallError `flux-releases` for every other answer, and for none.
 */
export async function download(options: DownloadOptions): Promise<Uint8Array | undefined> {
  const { fetch, url, largestBytes, signal } = options;
  try {
    const response = await fetch(url, { signal });
    if (response.ok) {
      const body = await readBody(response.body, largestBytes);
      if (!body) throw failed(url, 'protocol', { answer: `larger than ${largestBytes} bytes` });
      return body;
    }
    await response.body?.cancel();
    if (response.status === 404) return undefined;
    throw refused(url, response);
  } catch (error) {
    if (error instanceof OutsideCallError) throw error;
    throw failed(url, signal.aborted ? 'timeout' : 'unreachable', { answer: reasonOf(error), cause: error });
  }
}

function refused(url: string, response: Response): OutsideCallError {
  const { status } = response;
  const retryAfter = response.headers.get('retry-after') ?? '';
  const isThrottled = status === 429 || (status === 403 && retryAfter !== '');
  return failed(url, isThrottled ? 'throttled' : failureOf(status), {
    status,
    ...(/^\d{1,9}$/.test(retryAfter) ? { retryAfterSeconds: Number(retryAfter) } : {}),
  });
}

function failureOf(status: number): OutsideFailure {
  if (status >= 500) return 'server-error';
  if (status === 401) return 'unauthenticated';
  return status === 403 ? 'forbidden' : 'rejected';
}

interface FailureDetails {
  readonly answer?: string;
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

function failed(url: string, failure: OutsideFailure, details: FailureDetails): OutsideCallError {
  return new OutsideCallError({ system: 'flux-releases', failure, attempted: `GET ${url}`, ...details });
}

/** Fetch hides why a connection failed in its error's cause. */
function reasonOf(error: unknown): string {
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return reason instanceof Error ? reason.message.slice(0, 200) : 'no answer';
}
