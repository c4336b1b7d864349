/** The rig's certificate authority and what it signs, made with OpenSSL (`openssl`, Debian's package of that name). */
import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface CertificateAuthority {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** PEM. */
  readonly certificate: string;
}

export interface ServingCertificate {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Makes a new authority in the directory. */
export async function createCertificateAuthority(directory: string): Promise<CertificateAuthority> {
  await mkdir(directory, { recursive: true });
  const certificateFile = join(directory, 'ca.crt');
  const keyFile = join(directory, 'ca.key');
  await writeEllipticKey(keyFile);
  await openssl([
    ...['req', '-x509', '-new', '-key', keyFile, '-sha256', '-days', '3650', '-subj', '/CN=rig-ca'],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    ...['-out', certificateFile],
  ]);
  return { certificateFile, keyFile, certificate: await readFile(certificateFile, 'utf8') };
}

/**
 * Signs a server's certificate. `names` are DNS names or IP addresses as OpenSSL writes them: `DNS:x`, `IP:127.0.0.1`.
 */
export async function createServingCertificate(
  authority: CertificateAuthority,
  options: { readonly directory: string; readonly name: string; readonly names: readonly string[] },
): Promise<ServingCertificate> {
  const base = join(options.directory, options.name);
  await mkdir(options.directory, { recursive: true });
  const extensions = `subjectAltName=${options.names.join(',')}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n`;
  await Promise.all([writeEllipticKey(`${base}.key`), writeFile(`${base}.ext`, extensions)]);
  await openssl(['req', '-new', '-key', `${base}.key`, '-subj', `/CN=${options.name}`, '-out', `${base}.csr`]);
  await openssl([
    ...['x509', '-req', '-in', `${base}.csr`, '-CA', authority.certificateFile, '-CAkey', authority.keyFile],
    ...['-sha256', '-days', '3650', '-set_serial', `0x${randomBytes(8).toString('hex')}`, '-extfile', `${base}.ext`],
    ...['-out', `${base}.crt`],
  ]);
  await Promise.all([rm(`${base}.csr`), rm(`${base}.ext`)]);
  return { certificateFile: `${base}.crt`, keyFile: `${base}.key` };
}

async function writeEllipticKey(file: string): Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
}

async function openssl(args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)('openssl', args);
  } catch (error) {
    throw new Error(`openssl ${args[0]} failed; is Debian's package "openssl" installed?`, { cause: error });
  }
}
