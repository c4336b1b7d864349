/** A small client for what the node and the namespace controller ask of their API server. */
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import * as z from 'zod';

export interface NodeClient {
  /** Calls with every object of the collection, now and at each change, until the signal. */
  watch(options: WatchOptions): Promise<void>;
  /** The answer's JSON, or `undefined` where there is no such thing; PATCH is a JSON merge patch. */
  call(method: 'GET' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<unknown>;
}

export interface WatchOptions {
  /** Path of the collection. */
  readonly path: string;
  readonly onObject: (object: unknown) => void;
  readonly onDeleted: (name: string) => void;
  /** Called each time a list has been read and the watch goes on from there. */
  readonly onSynced: () => void;
  readonly signal: AbortSignal;
}

const kubeconfigSchema = z.object({
  clusters: z.tuple([
    z.object({ cluster: z.object({ server: z.string(), 'certificate-authority-data': z.string() }) }),
  ]),
  users: z.tuple([z.object({ user: z.object({ token: z.string() }) })]),
});

const named = z.looseObject({ metadata: z.looseObject({ name: z.string(), resourceVersion: z.string() }) });
const listSchema = z.object({ metadata: z.object({ resourceVersion: z.string() }), items: z.array(named) });
const eventSchema = z.object({ type: z.string(), object: z.unknown() });

const retryPauseMilliseconds = 100;

/** Takes address, CA and token from a kubeconfig as `kube-apiserver.ts` writes it (JSON). */
export async function createNodeClient(kubeconfigFile: string): Promise<NodeClient> {
  const kubeconfig = kubeconfigSchema.parse(JSON.parse(await readFile(kubeconfigFile, 'utf8')));
  const { server, 'certificate-authority-data': ca } = kubeconfig.clusters[0].cluster;
  const headers = { authorization: `Bearer ${kubeconfig.users[0].user.token}` };
  const dispatcher = new Agent({ connect: { ca: Buffer.from(ca, 'base64') }, bodyTimeout: 0 });

  async function* changes(path: string, resourceVersion: string, signal: AbortSignal): AsyncGenerator {
    const url = `${server}${path}?watch=true&resourceVersion=${resourceVersion}`;
    const answer = await request(url, { headers, dispatcher, signal });
    if (answer.statusCode !== 200) throw new Error(`watch ${path}: ${answer.statusCode} ${await answer.body.text()}`);
    let rest = '';
    for await (const chunk of answer.body.setEncoding('utf8')) {
      const lines = `${rest}${String(chunk)}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') yield JSON.parse(line);
    }
  }

  async function call(...[method, path, body]: Parameters<NodeClient['call']>): Promise<unknown> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const answer = await request(`${server}${path}`, {
      method,
      headers: { ...headers, 'content-type': type },
      body: body === undefined ? null : JSON.stringify(body),
      dispatcher,
    });
    const text = await answer.body.text();
    if (answer.statusCode === 404) return undefined;
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return JSON.parse(text);
  }

  return { call, watch: (options) => watchCollection({ call, changes }, options) };
}

interface Connection {
  readonly call: NodeClient['call'];
  readonly changes: (path: string, resourceVersion: string, signal: AbortSignal) => AsyncGenerator;
}

/** Lists and watches, again and again: a watch ends when the API server does, and after a while anyway. */
async function watchCollection(connection: Connection, options: WatchOptions): Promise<void> {
  const known = new Set<string>();
  while (!options.signal.aborted) {
    try {
      await followCollection(connection, options, known);
    } catch (error) {
      if (!options.signal.aborted) console.error(`watch of ${options.path} broke: ${String(error)}`);
    }
    await delay(retryPauseMilliseconds);
  }
}

async function followCollection(connection: Connection, options: WatchOptions, known: Set<string>): Promise<void> {
  const { path, signal } = options;
  const see = (object: z.infer<typeof named>): void => {
    known.add(object.metadata.name);
    options.onObject(object);
  };
  const forget = (name: string): void => {
    known.delete(name);
    options.onDeleted(name);
  };

  const present = listSchema.parse(await connection.call('GET', path));
  const names = new Set(present.items.map((item) => item.metadata.name));
  for (const name of known) if (!names.has(name)) forget(name);
  for (const item of present.items) see(item);
  options.onSynced();
  for await (const change of connection.changes(path, present.metadata.resourceVersion, signal)) {
    const { type, object } = eventSchema.parse(change);
    // Too old a version, mostly: the list tells what has happened since.
    if (type === 'ERROR') return;
    const changed = named.parse(object);
    if (type === 'DELETED') forget(changed.metadata.name);
    else see(changed);
  }
}
