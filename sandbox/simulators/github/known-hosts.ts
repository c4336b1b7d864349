import { createHmac } from 'node:crypto';

export type HostKeyVerdict = 'known' | 'mismatch' | 'unknown' | 'revoked';

/**
 * What an SSH client makes of a server's key by its `known_hosts` (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"; the verdicts
 * are those of Go's golang.org/x/crypto/ssh/knownhosts, which source-controller uses).
 */
export function judgeHostKey(
  knownHosts: string,
  server: { readonly host: string; readonly port: number; readonly key: string },
): HostKeyVerdict {
  const address = server.port === 22 ? server.host : `[${server.host}]:${server.port}`;
  const lines = knownHosts
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(readLine)
    .filter(({ hosts, marker }) => marker !== '@cert-authority' && matchesHost(hosts, address));
  if (lines.some(({ marker, key }) => marker === '@revoked' && key === server.key)) return 'revoked';
  const keys = lines.filter(({ marker }) => marker === undefined).map(({ key }) => key);
  if (keys.includes(server.key)) return 'known';
  return keys.length === 0 ? 'unknown' : 'mismatch';
}

interface KnownHost {
  readonly marker: string | undefined;
  readonly hosts: string;
  readonly key: string;
}

function readLine(line: string): KnownHost {
  const fields = line.split(/[ \t]+/);
  const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined;
  const [hosts = '', algorithm = '', base64 = ''] = fields;
  return { marker, hosts, key: `${algorithm} ${base64}` };
}

function matchesHost(hosts: string, address: string): boolean {
  const [, , salt, hash] = hosts.startsWith('|1|') ? hosts.split('|') : [];
  if (salt !== undefined && hash !== undefined) {
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(address).digest('base64') === hash;
  }
  const patterns = hosts.split(',');
  if (patterns.some((pattern) => pattern.startsWith('!') && matchesPattern(pattern.slice(1), address))) return false;
  return patterns.some((pattern) => matchesPattern(pattern, address));
}

function matchesPattern(pattern: string, address: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'i').test(address);
}
