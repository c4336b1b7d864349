import { generate } from 'selfsigned';

export interface ServerCertificate {
  /** PEM; its own authority. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
}

const days = 86_400_000;

/** A self-signed certificate for 127.0.0.1, or another IPv4 address; good for ten years, so that kept state stays usable. */
export async function createServerCertificate(address = '127.0.0.1', now = new Date()): Promise<ServerCertificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'kubernetes' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now.getTime() - days),
    notAfterDate: new Date(now.getTime() + 3650 * days),
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: address }] }],
  });
  return { certificate: cert, key };
}
