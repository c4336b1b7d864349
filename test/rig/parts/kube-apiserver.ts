/** The real kube-apiserver, with an administrator's static token and everybody else through the authenticator. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { request } from 'node:https';
import { join } from 'node:path';
import { type CertificateAuthority, createServingCertificate } from './certificates.ts';
import { type Part, startPart, takeFreePort, waitUntil } from './process.ts';

export interface KubeApiserver extends Part {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  readonly administratorToken: string;
  /** Path of an administrator's kubeconfig. */
  readonly kubeconfig: string;
}

export interface KubeApiserverOptions {
  readonly binary: string;
  readonly etcdUrl: string;
  /** Keeps the clusters of one etcd apart. */
  readonly clusterName: string;
  readonly authority: CertificateAuthority;
  readonly directory: string;
  readonly logFile: string;
  /** kubeconfig of the token webhook; without it only the administrator gets in. */
  readonly webhookKubeconfig?: string;
  readonly onStart?: (pid: number) => void;
}

export async function startKubeApiserver(options: KubeApiserverOptions): Promise<KubeApiserver> {
  const { directory } = options;
  await mkdir(directory, { recursive: true });
  const port = await takeFreePort();
  const url = `https://127.0.0.1:${port}`;
  const administratorToken = randomBytes(24).toString('hex');
  const kubeconfig = join(directory, 'admin.kubeconfig');
  const serving = await createServingCertificate(options.authority, {
    directory,
    name: 'kube-apiserver',
    names: ['IP:127.0.0.1', 'DNS:localhost', 'DNS:kubernetes.default.svc'],
  });
  await writeServiceAccountKeys(directory);
  await writeFile(join(directory, 'tokens.csv'), `${administratorToken},admin,admin,system:masters\n`, { mode: 0o600 });
  await writeFile(kubeconfig, kubeconfigText({ url, administratorToken, ...options }), { mode: 0o600 });

  const part = await startPart({
    name: 'kube-apiserver',
    command: options.binary,
    args: [
      `--etcd-servers=${options.etcdUrl}`,
      `--etcd-prefix=/registry-${options.clusterName}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${directory}`,
      `--tls-cert-file=${serving.certificateFile}`,
      `--tls-private-key-file=${serving.keyFile}`,
      '--authorization-mode=RBAC',
      `--token-auth-file=${join(directory, 'tokens.csv')}`,
      // There is no controller manager that would make the service accounts' own objects.
      '--disable-admission-plugins=ServiceAccount',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${join(directory, 'service-account.pub')}`,
      `--service-account-signing-key-file=${join(directory, 'service-account.key')}`,
      '--service-cluster-ip-range=10.96.0.0/16',
      '--endpoint-reconciler-type=none',
      ...webhookFlags(options.webhookKubeconfig),
    ],
    logFile: options.logFile,
    // It drains for long on SIGTERM, and there is nothing to be kept.
    stopGraceMilliseconds: 0,
    isSupervised: true,
    waitUntilReady: (signal) => waitUntil(() => isReady(port, administratorToken, options.authority), signal),
    ...(options.onStart ? { onStart: options.onStart } : {}),
  });
  return { ...part, url, administratorToken, kubeconfig };
}

function webhookFlags(webhookKubeconfig: string | undefined): readonly string[] {
  if (webhookKubeconfig === undefined) return [];
  return [
    `--authentication-token-webhook-config-file=${webhookKubeconfig}`,
    // Short, so that an access entry that was taken away is missed within a test's patience.
    '--authentication-token-webhook-cache-ttl=2s',
  ];
}

async function writeServiceAccountKeys(directory: string): Promise<void> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(join(directory, 'service-account.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  await writeFile(join(directory, 'service-account.key'), privateKey.export({ type: 'sec1', format: 'pem' }), {
    mode: 0o600,
  });
}

function kubeconfigText(cluster: {
  readonly url: string;
  readonly administratorToken: string;
  readonly clusterName: string;
  readonly authority: CertificateAuthority;
}): string {
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': cluster.clusterName,
      contexts: [{ name: cluster.clusterName, context: { cluster: cluster.clusterName, user: 'admin' } }],
      clusters: [
        {
          name: cluster.clusterName,
          cluster: {
            server: cluster.url,
            'certificate-authority-data': Buffer.from(cluster.authority.certificate).toString('base64'),
          },
        },
      ],
      users: [{ name: 'admin', user: { token: cluster.administratorToken } }],
    },
    undefined,
    2,
  );
}

function isReady(port: number, token: string, authority: CertificateAuthority): Promise<boolean> {
  const agent = new Agent({ ca: authority.certificate });
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/readyz', agent, headers: { authorization: `Bearer ${token}` } })
      .once('response', (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      })
      .once('error', reject)
      .end();
  });
}
