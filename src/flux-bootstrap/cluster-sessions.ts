import { OutsideCallError } from '../errors.ts';
import type { EksCluster } from '../ports/eks-access.ts';
import type { KubernetesCluster } from '../ports/kubernetes-cluster.ts';

/** A way into one cluster, made for one operation. */
export interface ClusterSession {
  readonly cluster: EksCluster;
  readonly kubernetes: KubernetesCluster;
}

/** Sessions of the operations that run in this process, shared by their steps. */
export interface ClusterSessions {
  get(operationId: string): ClusterSession | undefined;
  /** Takes the place of the operation's session, if it has one. */
  put(operationId: string, session: ClusterSession): void;
  /** Runs with the session; after a lost connection the next step makes a new one. */
  use<T>(operationId: string, session: ClusterSession, body: (kubernetes: KubernetesCluster) => Promise<T>): Promise<T>;
  /** No step will want the operation's session again. */
  end(operationId: string): void;
}

interface Entry {
  readonly operationId: string;
  readonly session: ClusterSession;
  readonly since: number;
  users: number;
  isRetired: boolean;
}

/** An operation that went on elsewhere leaves its session here: it goes when it is older than any operation gets. */
const longestMs = 30 * 60_000;

/** A session is closed when it is retired and the last step that uses it has ended: steps run side by side. */
export function createClusterSessions(now: () => Date): ClusterSessions {
  const current = new Map<string, Entry>();
  const entries = new Map<ClusterSession, Entry>();

  function retire(entry: Entry): void {
    entry.isRetired = true;
    if (current.get(entry.operationId) === entry) current.delete(entry.operationId);
    closeIfUnused(entry);
  }

  function closeIfUnused(entry: Entry): void {
    if (!entry.isRetired || entry.users > 0 || !entries.delete(entry.session)) return;
    // Nobody waits for it, and what fails while connections are closed is of no use to anybody.
    entry.session.kubernetes.close().catch(() => undefined);
  }

  return {
    get: (operationId) => current.get(operationId)?.session,
    put(operationId, session) {
      const before = current.get(operationId);
      const since = now().getTime();
      const entry: Entry = { operationId, session, since, users: 0, isRetired: false };
      current.set(operationId, entry);
      entries.set(session, entry);
      if (before) retire(before);
      for (const other of current.values()) if (since - other.since > longestMs) retire(other);
    },
    async use(operationId, session, body) {
      const entry = entries.get(session) ?? { operationId, session, since: 0, users: 0, isRetired: true };
      entry.users += 1;
      try {
        return await body(session.kubernetes);
      } catch (error) {
        if (isConnectionLost(error)) retire(entry);
        throw error;
      } finally {
        entry.users -= 1;
        closeIfUnused(entry);
      }
    },
    end(operationId) {
      const entry = current.get(operationId);
      if (entry) retire(entry);
    },
  };
}

/** The cluster may have moved, or the token may have ended; a refusal or a 5xx says nothing of the connection. */
function isConnectionLost(error: unknown): boolean {
  return (
    error instanceof OutsideCallError &&
    error.system === 'kubernetes' &&
    (error.failure === 'unreachable' || error.failure === 'timeout' || error.failure === 'unauthenticated')
  );
}
