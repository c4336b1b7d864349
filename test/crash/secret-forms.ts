/** The forms in which a secret could stand somewhere. */
import { formsOf } from '../support/e2e/secret-search.ts';

export interface Canary {
  readonly name: string;
  readonly forms: readonly string[];
}

/** Shorter ones would be found by chance. */
const shortest = 12;

export function canaryOf(name: string, secret: string): Canary {
  const quoted = JSON.stringify(secret).slice(1, -1);
  const bytes = Buffer.from(secret);
  const forms = [
    ...[secret, quoted, JSON.stringify(quoted).slice(1, -1), encodeURIComponent(secret)],
    ...base64Forms(bytes),
    ...base64Forms(Buffer.from(encodeURIComponent(secret))),
    bytes.toString('hex'),
  ];
  return { name, forms: [...new Set(forms)].filter((form) => form.length >= shortest) };
}

/** Any line of the key, in any of the forms: whoever trims or joins the lines keeps most of them. */
export function pemCanary(name: string, pem: string): Canary {
  const lines = pem.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
  return { name, forms: lines.flatMap((line) => canaryOf(name, line).forms) };
}

/** Credentials that are known by their looks alone: EKS tokens and signed JWTs. */
export function findBearers(text: string): readonly string[] {
  const looks = { 'an EKS token': /k8s-aws-v1\.[\w-]{20}/, 'a JWT': /eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20}/ };
  return Object.entries(looks).flatMap(([name, look]) => (look.test(text) ? [name] : []));
}

/** And the key's own bytes, which another encoding of it would hold. */
export function privateKeyCanary(name: string, pem: string): Canary {
  const own = formsOf(pem).map((form) => form.toString('latin1'));
  return { name, forms: [...canaryOf(name, pem).forms, ...own].filter((form) => form.length >= shortest) };
}

/** Base64 of a text that has the secret within it: three forms, one for each place that it can begin at. */
function base64Forms(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replaceAll('=', '');
    // The first and the last characters depend on what stands beside it.
    const middle = encoded.slice(offset === 0 ? 0 : 4, -2);
    return [middle, middle.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

export function findCanaries(text: string, canaries: readonly Canary[]): readonly string[] {
  return canaries.filter(({ forms }) => forms.some((form) => text.includes(form))).map(({ name }) => name);
}
