import { describe, expect, it } from 'vitest';

import { verifySignature } from '../../../sandbox/simulators/aws-signature.ts';
import { allowEverything, createAwsWorld } from '../../../sandbox/simulators/aws-world.ts';

/** The example of AWS's own documentation of Signature Version 4: ListUsers on 30 August 2015. */
const world = createAwsWorld({ now: () => new Date('2015-08-30T12:36:00Z') });
world.principals.set('AKIDEXAMPLE', {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  arn: 'arn:aws:iam::123456789012:user/example',
  policy: allowEverything,
});

function verify(change: { readonly query?: string; readonly service?: string; readonly body?: string }) {
  const { query = 'Action=ListUsers&Version=2010-05-08', service = 'iam', body = '' } = change;
  const headers = new Headers({
    host: 'iam.amazonaws.com',
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    'x-amz-date': '20150830T123600Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, ' +
      'SignedHeaders=content-type;host;x-amz-date, ' +
      'Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  });
  const url = new URL(`https://iam.amazonaws.com/?${query}`);
  return verifySignature(world, { method: 'GET', url, headers, body }, { service, toleranceMinutes: 15 });
}

describe('verifySignature', () => {
  it("accepts the example of AWS's documentation", () => {
    expect(verify({})).toMatchObject({
      kind: 'verified',
      region: 'us-east-1',
      caller: { arn: 'arn:aws:iam::123456789012:user/example' },
    });
  });

  it('does not mind the order of the query', () => {
    expect(verify({ query: 'Version=2010-05-08&Action=ListUsers' })).toMatchObject({ kind: 'verified' });
  });

  it.each([
    ['another query', { query: 'Action=ListRoles&Version=2010-05-08' }, 'mismatch'],
    ['a query with one parameter more', { query: 'Action=ListUsers&Version=2010-05-08&a=b' }, 'mismatch'],
    ['another body', { body: 'x' }, 'mismatch'],
    ['another service', { service: 'sts' }, 'wrong-scope'],
  ])('refuses %s', (_, change, fault) => {
    expect(verify(change)).toMatchObject({ kind: 'refused', fault });
  });
});
