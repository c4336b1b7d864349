import type { KubernetesObject } from '../../../src/ports/kubernetes-cluster.ts';
import { isRecord, recordAt, stringAt } from '../kubernetes/json.ts';

/** Fields of a GitRepository that this simulator knows; any other is refused, as nobody would see that it does nothing. */
const knownFields: ReadonlySet<string> = new Set(['url', 'interval', 'timeout', 'ref', 'secretRef', 'suspend']);

export function unknownToSource(source: KubernetesObject): string | undefined {
  const spec = recordAt(source, 'spec');
  const unknown = Object.entries(spec).find(([field, value]) => !knownFields.has(field) && !isDefault(field, value));
  if (unknown) return `the simulator of Flux does not know spec.${unknown[0]}`;
  const ref = Object.keys(recordAt(spec, 'ref')).find((field) => field !== 'branch');
  if (ref !== undefined) return `the simulator of Flux does not know spec.ref.${ref}`;
  const isSsh = stringAt(spec, 'url').startsWith('ssh://');
  return isSsh ? undefined : 'the simulator of Flux speaks to Git servers over ssh:// only';
}

function isDefault(field: string, value: unknown): boolean {
  return value === false || (field === 'provider' && value === 'generic');
}

/** `master` where none is named, as Git's default once was (fluxcd/pkg `git/git.go`: `DefaultBranch`). */
export function branchOf(source: KubernetesObject): string {
  return stringAt(recordAt(recordAt(source, 'spec'), 'ref'), 'branch') || 'master';
}

export interface SshAuth {
  readonly identity: string;
  readonly knownHosts: string;
}

export type SshAuthOrNot =
  | ({ readonly kind: 'complete' } & SshAuth)
  | { readonly kind: 'incomplete'; readonly reason: string; readonly message: string };

/** What of the Secret SSH needs (fluxcd/pkg `git/options.go`: `Validate`), in the order in which it is asked for. */
export function sshAuthOf(secret: KubernetesObject | undefined): SshAuthOrNot {
  const data = isRecord(secret?.['data']) ? secret['data'] : {};
  const [identity, knownHosts] = ['identity', 'known_hosts'].map((field) =>
    Buffer.from(stringAt(data, field), 'base64').toString(),
  );
  const prefix = "failed to configure authentication options: invalid 'ssh' auth option:";
  const reason = 'AuthenticationFailed';
  if (!identity) return { kind: 'incomplete', reason, message: `${prefix} 'identity' is required` };
  if (!knownHosts) return { kind: 'incomplete', reason, message: `${prefix} 'known_hosts' is required` };
  if (!identity.includes('-----BEGIN')) {
    const words = 'failed to checkout and determine revision: unable to construct auth method with options';
    return { kind: 'incomplete', reason: 'GitOperationFailed', message: `${words}: ssh: no key found` };
  }
  return { kind: 'complete', identity, knownHosts };
}

const excludedFolders: ReadonlySet<string> = new Set(['.git', '.github', '.circleci']);
const excludedFiles: ReadonlySet<string> = new Set([
  '.gitignore',
  '.gitmodules',
  '.gitattributes',
  '.travis.yml',
  '.gitlab-ci.yml',
  'appveyor.yml',
  '.drone.yml',
  'cloudbuild.yaml',
  'codeship-services.yml',
  'codeship-steps.yml',
  '.goreleaser.yml',
  '.sops.yaml',
  '.flux.yaml',
]);
const excludedEnds = /\.(?:jpe?g|gif|png|wmv|flv|tar\.gz|zip)$/;

/** What of a tree goes into the artifact (fluxcd/pkg `sourceignore/sourceignore.go`, its defaults). */
export function archived(files: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...files].filter(([path]) => !isExcluded(path)));
}

function isExcluded(path: string): boolean {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  return parts.some((part) => excludedFolders.has(part)) || excludedFiles.has(name) || excludedEnds.test(name);
}

export function hasOwnIgnoreFile(files: ReadonlyMap<string, string>): boolean {
  return [...files.keys()].some((path) => path.split('/').at(-1) === '.sourceignore');
}
