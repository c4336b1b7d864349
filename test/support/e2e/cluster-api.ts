/** A cluster's API server as an administrator, or somebody with another token, sees it. Small and apart from the product's. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface ClusterApi {
  /** `token`: default the administrator's. A PATCH is a JSON merge patch. */
  call(method: string, path: string, options?: { readonly body?: object; readonly token?: string }): Promise<ApiAnswer>;
  /** Undefined where the object, or its kind, does not exist. */
  get(path: string): Promise<KubernetesObject | undefined>;
  list(path: string): Promise<readonly KubernetesObject[]>;
  close(): void;
}

interface Access {
  readonly url: URL;
  readonly token: string;
  readonly agent: Agent;
}

export function createClusterApi(kubeconfig: string): ClusterApi {
  const access = readAccess(kubeconfig);
  const call: ClusterApi['call'] = (method, path, options = {}) => send(access, { method, path, ...options });
  return {
    call,
    async get(path) {
      const { status, body } = await call('GET', path);
      if (status === 404) return undefined;
      if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
      return body as KubernetesObject;
    },
    async list(path) {
      const { status, body } = await call('GET', path);
      if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
      return (body as { readonly items: readonly KubernetesObject[] }).items;
    },
    close: () => access.agent.destroy(),
  };
}

/** The rig writes its kubeconfigs as JSON, which is YAML as well. */
function readAccess(kubeconfig: string): Access {
  const config = JSON.parse(readFileSync(kubeconfig, 'utf8')) as {
    readonly clusters: readonly [
      { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } },
    ];
    readonly users: readonly [{ readonly user: { readonly token: string } }];
  };
  const { server, 'certificate-authority-data': authority } = config.clusters[0].cluster;
  const agent = new Agent({ ca: Buffer.from(authority, 'base64'), keepAlive: true, maxSockets: 4 });
  return { url: new URL(server), token: config.users[0].user.token, agent };
}

interface Question {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly token?: string;
}

async function send({ url, token, agent }: Access, question: Question): Promise<ApiAnswer> {
  const asked = request({
    agent,
    host: url.hostname,
    port: url.port,
    method: question.method,
    path: question.path,
    headers: {
      authorization: `Bearer ${question.token ?? token}`,
      accept: 'application/json',
      'content-type': question.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
    },
    timeout: 20_000,
  });
  const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>();
  asked.once('error', reject);
  asked.once('timeout', () => asked.destroy(new Error(`${question.method} ${question.path} took too long`)));
  asked.once('response', (answer) => {
    text(answer).then(
      (said) =>
        resolve({
          status: answer.statusCode ?? 0,
          body: isJson(answer.headers['content-type']) ? JSON.parse(said) : said,
        }),
      reject,
    );
  });
  asked.end(question.body ? JSON.stringify(question.body) : undefined);
  return promise;
}

function isJson(type: string | undefined): boolean {
  return type?.startsWith('application/json') ?? false;
}

/** Paths of the objects that tests look at. */
export const fluxPaths = {
  deployments: '/apis/apps/v1/namespaces/flux-system/deployments',
  source: '/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories/flux-system',
  sync: '/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/flux-system',
  apps: '/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/apps',
  secret: '/api/v1/namespaces/flux-system/secrets/flux-system',
  greeting: '/api/v1/namespaces/apps/configmaps/greeting',
} as const;
