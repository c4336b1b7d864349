import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';

import { verifySignature } from '../../sandbox/simulators/aws-signature.ts';
import type { VerifiedSignature } from '../../sandbox/simulators/aws-signature.ts';
import { allowEverything, createAwsWorld } from '../../sandbox/simulators/aws-world.ts';
import { mintEksToken } from '../../src/adapters/eks-token.ts';
import type { SessionCredentials } from '../../src/adapters/customer-account-credentials.ts';
import { OutsideCallError } from '../../src/errors.ts';

const now = new Date('2026-11-23T12:34:56.789Z');

const credentials: SessionCredentials = {
  accessKeyId: 'ASIAEXAMPLE000000000',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'IQoJb3JpZ2luX2VjE+/example==',
  expiration: new Date('2026-11-23T13:30:00Z'),
};

function mint(change: { readonly eksName?: string; readonly region?: string; readonly sessionToken?: string } = {}) {
  const { eksName = 'production', region = 'eu-west-1', sessionToken = credentials.sessionToken } = change;
  return mintEksToken({ credentials: { ...credentials, sessionToken }, region, eksName, now });
}

function urlIn(token: string): URL {
  expect(token).toMatch(/^k8s-aws-v1\.[A-Za-z0-9_-]+$/);
  return new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString());
}

/** What STS makes of the token when a cluster of that name presents it. */
function askSts(token: string, clusterName: string, sessionToken: string): VerifiedSignature {
  const world = createAwsWorld({ now: () => now });
  const role = { arn: 'arn:aws:iam::111122223333:role/fleet-api', roleId: 'AROAEXAMPLE', maxSessionSeconds: 3600 };
  world.roles.set(role.arn, { ...role, trustPolicy: allowEverything, policy: allowEverything });
  const session = { ...credentials, sessionToken, roleArn: role.arn, roleId: role.roleId, sessionName: 'x' };
  world.sessions.set(credentials.accessKeyId, { ...session, sessionPolicy: undefined });
  const url = urlIn(token);
  const headers = new Headers({ host: url.host, 'x-k8s-aws-id': clusterName });
  return verifySignature(world, { method: 'GET', url, headers, body: '' }, { service: 'sts', toleranceMinutes: 15 });
}

describe('mintEksToken', () => {
  it('presigns GetCallerIdentity as the authenticator wants to read it', async () => {
    const url = urlIn((await mint()).token);

    expect(url.origin + url.pathname).toBe('https://sts.eu-west-1.amazonaws.com/');
    const parameters = [...url.searchParams].filter(([name]) => name !== 'X-Amz-Signature');
    expect(parameters.sort(([a], [b]) => a.localeCompare(b))).toEqual([
      ['Action', 'GetCallerIdentity'],
      ['Version', '2011-06-15'],
      ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
      ['X-Amz-Credential', 'ASIAEXAMPLE000000000/20261123/eu-west-1/sts/aws4_request'],
      ['X-Amz-Date', '20261123T123456Z'],
      ['X-Amz-Expires', '60'],
      ['X-Amz-Security-Token', 'IQoJb3JpZ2luX2VjE+/example=='],
      ['X-Amz-SignedHeaders', 'host;x-k8s-aws-id'],
    ]);
  });

  it('makes the same token from the same input', async () => {
    // Computed once with Python's hmac and urllib from the specification of Signature Version 4.
    const golden = 'b51eb76219b660a58c5f7a446549ff06b2e40cef93eb3dc9204b5b7b651bfc77';

    expect(urlIn((await mint()).token).searchParams.get('X-Amz-Signature')).toBe(golden);
  });

  it('is accepted for its own cluster and refused for another', async () => {
    const { token } = await mint();

    expect(askSts(token, 'production', credentials.sessionToken)).toMatchObject({
      kind: 'verified',
      caller: { arn: 'arn:aws:sts::111122223333:assumed-role/fleet-api/x' },
    });
    expect(askSts(token, 'staging', credentials.sessionToken)).toMatchObject({ kind: 'refused', fault: 'mismatch' });
  });

  it('names the STS host of the region, in China too', async () => {
    expect(urlIn((await mint({ region: 'us-east-1' })).token).host).toBe('sts.us-east-1.amazonaws.com');
    expect(urlIn((await mint({ region: 'cn-north-1' })).token).host).toBe('sts.cn-north-1.amazonaws.com.cn');
  });

  it('ends 15 minutes after its date, or with its session', async () => {
    expect((await mint()).expiresAt).toEqual(new Date('2026-11-23T12:49:56Z'));

    const expiration = new Date('2026-11-23T12:40:00Z');
    const early = { credentials: { ...credentials, expiration }, region: 'eu-west-1', eksName: 'production', now };
    expect((await mintEksToken(early)).expiresAt).toEqual(expiration);
  });

  it('is valid for every session token, or refused by us for its size', async () => {
    const sessionTokens = fc.oneof(
      fc.base64String({ minLength: 4, maxLength: 4096 }),
      fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 4096 }).filter((text) => text.trim() === text),
      // Around the size at which it tips over.
      fc.base64String({ minLength: 2300, maxLength: 2800 }),
    );
    const names = fc.stringMatching(/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/);
    const outcomes = { valid: 0, refused: 0 };

    await fc.assert(
      fc.asyncProperty(sessionTokens, names, async (sessionToken, eksName) => {
        const token = await mint({ sessionToken, eksName }).catch((error: unknown) => error);
        if (token instanceof OutsideCallError) {
          outcomes.refused += 1;
          expect(token).toMatchObject({ system: 'sts', failure: 'rejected', retryable: false });
          expect(token.message).not.toContain(sessionToken.slice(0, 64));
          // The rest of the URL takes about 420 characters, and base64 a third more: below, it must have fitted.
          expect(encodeURIComponent(sessionToken).length).toBeGreaterThan(2500);
          return;
        }
        outcomes.valid += 1;
        const minted = token as { readonly token: string };
        expect(minted.token.length).toBeLessThanOrEqual(4096);
        expect(urlIn(minted.token).searchParams.getAll('X-Amz-Security-Token')).toEqual([sessionToken]);
        expect(askSts(minted.token, eksName, sessionToken)).toMatchObject({ kind: 'verified' });
      }),
      // Shrinking kilobytes of text takes minutes and explains nothing.
      { numRuns: 150, endOnFailure: true },
    );
    expect(outcomes.valid).toBeGreaterThan(10);
    expect(outcomes.refused).toBeGreaterThan(10);
  });
});
