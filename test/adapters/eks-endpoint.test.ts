import { describe, expect, it } from 'vitest';

import { checkedEndpoint } from '../../src/adapters/eks-endpoint.ts';

const id = '0123456789ABCDEF0123456789ABCDEF';

function check(
  endpoint: string | undefined,
  options: { region?: string; allowedHosts?: readonly string[] } = {},
): string {
  const { region = 'eu-west-1', allowedHosts } = options;
  return checkedEndpoint({ endpoint, region, allowedHosts });
}

describe('checkedEndpoint', () => {
  it.each([
    [`https://${id}.gr7.eu-west-1.eks.amazonaws.com`, 'eu-west-1'],
    [`https://${id}.yl4.eu-west-1.eks.amazonaws.com/`, 'eu-west-1'],
    [`https://${id}.gr7.eu-west-1.api.aws`, 'eu-west-1'],
    [`https://${id}.eks.eu-west-1.amazonaws.com`, 'eu-west-1'],
    [`https://${id}.gr7.cn-north-1.eks.amazonaws.com.cn`, 'cn-north-1'],
    [`https://${id}.gr7.cn-north-1.api.amazonwebservices.com.cn`, 'cn-north-1'],
  ])('allows %s', (endpoint, region) => {
    expect(check(endpoint, { region })).toBe(endpoint.toLowerCase().replace(/\/$/, ''));
  });

  it.each([
    ['none', undefined],
    ['no URL', 'production'],
    ['plain http', `http://${id}.gr7.eu-west-1.eks.amazonaws.com`],
    ['a port', `https://${id}.gr7.eu-west-1.eks.amazonaws.com:8443`],
    ['credentials', `https://user:word@${id}.gr7.eu-west-1.eks.amazonaws.com`],
    ['a path', `https://${id}.gr7.eu-west-1.eks.amazonaws.com/api`],
    ['a query', `https://${id}.gr7.eu-west-1.eks.amazonaws.com?x=1`],
    ['another region', `https://${id}.gr7.us-east-1.eks.amazonaws.com`],
    ['the metadata address', 'https://169.254.169.254'],
    ['localhost', 'https://localhost'],
    ['a name that only ends alike', `https://${id}.gr7.eu-west-1.eks.amazonaws.com.example.org`],
    ['a name that only looks alike', `https://${id}.gr7.eu-west-1.eks-amazonaws.com`],
    ['a name in userinfo', `https://${id}.gr7.eu-west-1.eks.amazonaws.com@example.org`],
    ['EKS itself', 'https://eks.eu-west-1.amazonaws.com'],
    ["another service's customer name", 'https://a1b2c3d4e5.execute-api.eu-west-1.api.aws'],
    ["a load balancer's name", 'https://x.eu-west-1.elb.amazonaws.com'],
  ])('refuses %s', (_, endpoint) => {
    expect(() => check(endpoint)).toThrow(expect.objectContaining({ system: 'eks', failure: 'rejected' }));
  });

  it('never repeats credentials in its words', () => {
    expect(() => check('http://user:hunter2@example.org')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });

  it.each([
    ['127.0.0.1:6443', 'https://127.0.0.1:6443', true],
    ['127.0.0.1:6443', 'https://127.0.0.1:6444', false],
    ['127.0.0.1:*', 'https://127.0.0.1:6444', true],
    ['127.0.0.1:*', 'https://127.0.0.2:6444', false],
    ['*.example.org', 'https://a.b.example.org', true],
    ['*.example.org', 'https://example.org', false],
    ['*.example.org', 'https://a.example.org:8443', false],
    ['api.example.org', 'https://api.example.org', true],
    ['api.example.org:443', 'https://api.example.org', true],
  ])('with %s configured, %s is allowed: %s', (pattern, endpoint, isAllowed) => {
    const attempt = (): string => check(endpoint, { allowedHosts: ['other.example.net', pattern] });

    if (isAllowed) {
      expect(attempt()).toBe(endpoint);
    } else {
      expect(attempt).toThrow('allows no API server');
    }
  });

  it("does not allow EKS's own names where configuration names others", () => {
    const attempt = (): string => check(`https://${id}.gr7.eu-west-1.eks.amazonaws.com`, { allowedHosts: ['a.org'] });

    expect(attempt).toThrow('allows no API server');
  });
});
