import { describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';

const gitHost = {
  name: 'git.example',
  kind: 'gitea',
  apiUrl: 'https://git.example/api/v1',
  sshUrl: 'ssh://git@git.example:2222',
  knownHosts: 'git.example ssh-ed25519 AAAA',
  tokenFile: '/run/secrets/token',
};
const env = {
  FLEET_TABLE: 'fleet',
  FLEET_TRUSTED_PRINCIPAL_ARN: 'arn:aws:iam::999988887777:role/fleet-api',
  FLEET_GIT_HOSTS: JSON.stringify([gitHost]),
  FLEET_DISTRIBUTIONS_DIRECTORY: '/flux',
  FLEET_BOOTSTRAP_FUNCTION_ARN: 'arn:aws:lambda:eu-west-1:999988887777:function:bootstrap:live',
  FLEET_ECR_FUNCTION_ARN: 'arn:aws:lambda:eu-west-1:999988887777:function:ecr:live',
};

function faultsOf(changes: Record<string, string | undefined>): string {
  try {
    readConfig({ ...env, ...changes });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'none';
}

describe('the configuration', () => {
  it('is read, with defaults', () => {
    expect(readConfig(env)).toEqual({
      tableName: 'fleet',
      roleName: 'fleet-api',
      trustedPrincipalArn: env.FLEET_TRUSTED_PRINCIPAL_ARN,
      gitHosts: [gitHost],
      distributions: { kind: 'directory', directory: '/flux' },
      bootstrapFunctionArn: env.FLEET_BOOTSTRAP_FUNCTION_ARN,
      ecrFunctionArn: env.FLEET_ECR_FUNCTION_ARN,
      apiServerHosts: undefined,
      openApiFile: 'openapi.yaml',
      reachesPrivateEndpoints: false,
    });
  });

  it('takes releases in place of a directory, hosts of API servers, another contract, and a private network', () => {
    const config = readConfig({
      ...env,
      FLEET_DISTRIBUTIONS_DIRECTORY: undefined,
      FLEET_DISTRIBUTIONS_CACHE: '/cache',
      FLEET_API_SERVER_HOSTS: '127.0.0.1, api.internal',
      FLEET_OPENAPI_FILE: '/contract/openapi.yaml',
      FLEET_REACHES_PRIVATE_ENDPOINTS: 'true',
    });

    expect(config.distributions).toEqual({ kind: 'releases', cacheDirectory: '/cache' });
    expect(config.apiServerHosts).toEqual(['127.0.0.1', 'api.internal']);
    expect(config.openApiFile).toBe('/contract/openapi.yaml');
    expect(config.reachesPrivateEndpoints).toBe(true);
  });

  it.each([
    [{ appKeyFile: '/run/secrets/app.pem' }],
    [{ appKeySecretArn: 'arn:aws:secretsmanager:eu-west-1:999988887777:secret:fleet/app-key-AbCdEf' }],
  ])('takes the key of a GitHub App from one place: %o', (place) => {
    const { tokenFile: _, ...host } = { ...gitHost, kind: 'github', appId: '77' };
    const hosts = (fields: object) => ({ FLEET_GIT_HOSTS: JSON.stringify([{ ...host, ...fields }]) });
    const one = 'FLEET_GIT_HOSTS.0: set exactly one of appKeyFile and appKeySecretArn';

    expect(readConfig({ ...env, ...hosts(place) }).gitHosts).toEqual([{ ...host, ...place }]);
    expect(faultsOf(hosts({}))).toContain(one);
    expect(faultsOf(hosts({ appKeyFile: '/a', appKeySecretArn: '/b', ...place }))).toContain(one);
    expect(faultsOf(hosts({ appKeySecretArn: 'fleet/app-key' }))).toContain('.appKeySecretArn: must be the ARN');
  });

  it('tells all faults at once, by name', () => {
    const faults = faultsOf({ FLEET_TABLE: undefined, FLEET_TRUSTED_PRINCIPAL_ARN: 'me', FLEET_ROLE_NAME: 'a role' });

    expect(faults).toContain('FLEET_TABLE');
    expect(faults).toContain('FLEET_TRUSTED_PRINCIPAL_ARN');
    expect(faults).toContain('FLEET_ROLE_NAME');
  });

  it.each<[string, Record<string, string | undefined>]>([
    ['FLEET_GIT_HOSTS', { FLEET_GIT_HOSTS: 'not JSON' }],
    ['FLEET_GIT_HOSTS', { FLEET_GIT_HOSTS: '[]' }],
    ['FLEET_GIT_HOSTS.0.sshUrl', { FLEET_GIT_HOSTS: JSON.stringify([{ ...gitHost, sshUrl: 'git.example' }]) }],
    ['FLEET_GIT_HOSTS.0', { FLEET_GIT_HOSTS: JSON.stringify([{ ...gitHost, token: 'x' }]) }],
    [
      'FLEET_BOOTSTRAP_FUNCTION_ARN',
      { FLEET_BOOTSTRAP_FUNCTION_ARN: 'arn:aws:lambda:eu-west-1:999988887777:function:bootstrap' },
    ],
    ['FLEET_OPENAPI_FILE', { FLEET_OPENAPI_FILE: '' }],
    ['FLEET_REACHES_PRIVATE_ENDPOINTS', { FLEET_REACHES_PRIVATE_ENDPOINTS: 'yes' }],
    ['exactly one of', { FLEET_DISTRIBUTIONS_DIRECTORY: undefined }],
    ['exactly one of', { FLEET_DISTRIBUTIONS_CACHE: '/cache' }],
  ])('has a fault at %s with %o', (name, changes) => {
    expect(faultsOf(changes)).toContain(name);
  });

  const gitHubHost = {
    ...{ name: 'github.com', kind: 'github', apiUrl: 'https://api.github.com', sshUrl: 'ssh://git@github.com' },
    ...{ knownHosts: 'github.com ssh-ed25519 AAAA', appId: '77', appKeyFile: '/run/secrets/app.pem' },
  };

  it('takes GitHub beside Gitea', () => {
    const hosts = [gitHost, gitHubHost];

    expect(readConfig({ ...env, FLEET_GIT_HOSTS: JSON.stringify(hosts) }).gitHosts).toEqual(hosts);
  });

  it.each([
    { apiUrl: 'http://api.github.com', fault: 'must begin with https://' },
    { apiUrl: 'http://127.0.0.1.example', fault: 'must begin with https://' },
    { apiUrl: 'ftp://api.github.com', fault: 'must begin with https://' },
    { apiUrl: 'https://user:word@api.github.com', fault: 'must hold no credentials' },
    { apiUrl: 'https://api.github.com?a=b', fault: 'must hold no credentials, no query' },
    { apiUrl: 'https://api.github.com/#a', fault: 'must hold no credentials, no query and no fragment' },
    { apiUrl: 'api.github.com', fault: 'must be a URL' },
  ])('sends tokens of GitHub nowhere but over TLS: $apiUrl', ({ apiUrl, fault }) => {
    const faults = faultsOf({ FLEET_GIT_HOSTS: JSON.stringify([{ ...gitHubHost, apiUrl }]) });

    expect(faults).toContain(`FLEET_GIT_HOSTS.0.apiUrl: ${fault}`);
  });

  it.each(['http://127.0.0.1:8080', 'http://localhost', 'http://[::1]:1', 'https://ghe.example/api/v3'])(
    'takes %s for the API of GitHub',
    (apiUrl) => {
      const hosts = [{ ...gitHubHost, apiUrl }];

      expect(readConfig({ ...env, FLEET_GIT_HOSTS: JSON.stringify(hosts) }).gitHosts).toEqual(hosts);
    },
  );

  it('tells all faults of a Git host at once, each by the fields of its kind', () => {
    const { appId: _, ...noId } = gitHubHost;
    const hosts = [
      { ...noId, tokenFile: '/token' },
      { ...gitHubHost, kind: 'gitlab' },
      { ...gitHubHost, appId: 'x y' },
    ];

    const faults = faultsOf({ FLEET_GIT_HOSTS: JSON.stringify(hosts) });

    expect(faults).toContain('FLEET_GIT_HOSTS.0.appId: must be a string');
    expect(faults).toContain('FLEET_GIT_HOSTS.0: has no such field as tokenFile');
    expect(faults).toContain('FLEET_GIT_HOSTS.1.kind: must be gitea or github');
    expect(faults).toContain('FLEET_GIT_HOSTS.2.appId: must be the number');
  });

  it('does not repeat the values that it refuses', () => {
    const hosts = JSON.stringify([{ ...gitHost, token: 'a-secret-by-mistake', sshUrl: 'ssh-secret' }]);

    expect(faultsOf({ FLEET_GIT_HOSTS: hosts })).not.toMatch(/a-secret-by-mistake|ssh-secret/);
    expect(faultsOf({ FLEET_GIT_HOSTS: 'text-secret' })).not.toContain('text-secret');
  });
});
