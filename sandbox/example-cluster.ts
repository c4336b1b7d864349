import { createFluxSimulator, type FluxSimulator } from './simulators/flux/flux-simulator.ts';
import type { GitServer } from './simulators/flux/git-server.ts';
import { createKubernetesApi } from './simulators/kubernetes/kubernetes-api.ts';
import type { Authenticate } from './simulators/kubernetes/kubernetes-api.ts';
import { createKubernetesWorld, type KubernetesWorld } from './simulators/kubernetes/kubernetes-world.ts';
import { createServerCertificate, type ServerCertificate } from './simulators/kubernetes/server-certificate.ts';
import { onFormerPort } from './former-port.ts';
import { listen } from './listen.ts';
import type { StateFile } from './state-directory.ts';

export interface SandboxCluster {
  readonly kubernetes: KubernetesWorld;
  readonly flux: FluxSimulator;
  /** Of its API server: `https://127.0.0.1:PORT`. */
  readonly url: string;
  /** PEM, as an EKS cluster's `certificateAuthority` holds it in base64. */
  readonly certificateAuthority: string;
  stop(): Promise<void>;
}

export interface ClusterStart {
  readonly objects: StateFile;
  /** Certificate, key and port: whoever pinned the one or knows the other finds them again. */
  readonly server: StateFile;
  readonly git: GitServer;
  readonly authenticate: Authenticate;
}

interface KeptServer extends ServerCertificate {
  readonly port?: number;
}

/** From an event to the controllers' look at it: as long as it may take where nobody else is busy. */
const latencyMs = 20;

/** A cluster with nodes and with what plays Flux in it, once Flux is there. */
export async function startCluster({ objects, server, git, authenticate }: ClusterStart): Promise<SandboxCluster> {
  const kept: KeptServer = (server.read() as KeptServer | undefined) ?? (await createServerCertificate());
  const kubernetes = createKubernetesWorld({
    from: objects.read(),
    onChange: () => objects.write(kubernetes.snapshot()),
  });
  objects.write(kubernetes.snapshot());
  const api = createKubernetesApi(kubernetes, { authenticate });
  const { certificate, key } = kept;
  const served = await onFormerPort(kept.port, (port) => listen(api.fetch, port, { certificate, key }));
  server.write({ certificate, key, port: served.port } satisfies KeptServer);
  const flux = createFluxSimulator({ world: kubernetes, git, latencyMs, schedule });
  return {
    ...{ kubernetes, flux, url: served.url, certificateAuthority: certificate },
    async stop() {
      flux.stop();
      await served.close();
    },
  };
}

function schedule(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}
