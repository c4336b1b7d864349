/**
 * The real aws-iam-authenticator in front of one kube-apiserver. It checks a token's form, asks STS who signed it
 * (through the proxy of aws.ts) and maps the role by the access entries that our EKS writes into its dynamic file.
 */
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { authenticatorMappings } from './authenticator-mappings.ts';
import { type Part, startPart, takeFreePort, waitForPort } from './process.ts';

export interface AuthenticatorOptions {
  readonly binary: string;
  /** Gets its configuration, its certificate and the API server's kubeconfig. */
  readonly directory: string;
  readonly logFile: string;
  /** The name that tokens must carry: the EKS cluster's. */
  readonly clusterId: string;
  /** `Aws.accessEntriesFile` of the cluster. */
  readonly accessEntriesFile: string;
  /** `Aws.proxyUrl`, and the authority that signed what stands behind it. */
  readonly proxyUrl: string;
  readonly authorityFile: string;
  readonly region: string;
  readonly onStart?: (pid: number) => void;
}

export interface Authenticator extends Part {
  /** Takes TokenReviews (`authentication.k8s.io/v1beta1`) by POST; its certificate is in `certificateFile`. */
  readonly url: string;
  readonly certificateFile: string;
  /** For `--authentication-token-webhook-config-file` (with `--authentication-token-webhook-version=v1beta1`). */
  readonly webhookKubeconfig: string;
}

export async function startAuthenticator(options: AuthenticatorOptions): Promise<Authenticator> {
  const port = await takeFreePort();
  const configFile = join(options.directory, 'config.yaml');
  const webhookKubeconfig = join(options.directory, 'webhook-kubeconfig.yaml');
  await mkdir(options.directory, { recursive: true });
  await writeFile(configFile, stringify(configuration(options, { port, webhookKubeconfig })));
  await ensureMappings(options.accessEntriesFile);
  const part = await startPart({
    name: 'authenticator',
    command: options.binary,
    args: ['server', '--config', configFile],
    env: {
      HTTPS_PROXY: options.proxyUrl,
      NO_PROXY: '127.0.0.1,localhost',
      SSL_CERT_FILE: options.authorityFile,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_REGION: options.region,
    },
    logFile: options.logFile,
    ...(options.onStart && { onStart: options.onStart }),
    waitUntilReady: (signal) => waitForPort(port, signal),
  });
  return {
    ...part,
    url: `https://127.0.0.1:${port}/authenticate`,
    certificateFile: join(options.directory, 'cert.pem'),
    webhookKubeconfig,
  };
}

/** Its `server` command reads these names from the file alone (`cmd/aws-iam-authenticator/root.go`, `getConfig`). */
function configuration(
  options: AuthenticatorOptions,
  made: { readonly port: number; readonly webhookKubeconfig: string },
): object {
  return {
    clusterID: options.clusterId,
    server: {
      address: '127.0.0.1',
      hostname: '127.0.0.1',
      port: made.port,
      stateDir: options.directory,
      generateKubeconfig: made.webhookKubeconfig,
      backendMode: ['DynamicFile'],
      dynamicfilepath: options.accessEntriesFile,
      // As on EKS: a role made again under its name is not the role that the entry was made for.
      dynamicfileUserIDStrict: true,
    },
  };
}

/** A file that appears later is found only within a second, so an empty one stands there from the start. */
async function ensureMappings(file: string): Promise<void> {
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  if (!exists) {
    await writeFile(file, JSON.stringify(authenticatorMappings([])));
  }
}
