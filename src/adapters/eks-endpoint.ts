import { OutsideCallError } from '../errors.ts';

/**
 * The origin of an API server, checked: https, an allowed host, nothing but the origin. Anything else is an
 * `OutsideCallError` `rejected`. The address comes from a customer's account, and our bearer token goes there.
 *
 * `allowedHosts` replaces EKS's own forms: `host`, `host:port`, `*.suffix` (any number of labels), `host:*`.
 */
export function checkedEndpoint(options: {
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly allowedHosts: readonly string[] | undefined;
}): string {
  const { endpoint, region, allowedHosts } = options;
  if (endpoint === undefined || endpoint === '') {
    throw refused('the EKS cluster has no endpoint yet');
  }
  const url = URL.parse(endpoint);
  if (!url) {
    throw refused('the endpoint of the EKS cluster is not a URL');
  }
  if (url.protocol !== 'https:') {
    throw refused(`the endpoint of the EKS cluster is not https: ${url.protocol}//${url.host}`);
  }
  if (url.username !== '' || url.password !== '' || url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw refused(`the endpoint of the EKS cluster is more than https://${url.host}`);
  }
  const isAllowed = allowedHosts
    ? allowedHosts.some((pattern) => matchesHost(pattern, url))
    : url.port === '' && isEksHost(url.hostname, region);
  if (!isAllowed) {
    throw refused(`the configuration allows no API server at ${url.host}`);
  }
  return url.origin;
}

/**
 * EKS's own host names in one region. In `api.aws` other services let customers have names too (such as
 * `<id>.execute-api.<region>.api.aws`), so the part before the region is held to EKS's form there.
 *
 * Source: EKS user guide, "Cluster API server endpoint".
 */
function isEksHost(hostname: string, region: string): boolean {
  const labels = '[a-z0-9-]+(\\.[a-z0-9-]+)*';
  const eksId = '[a-z0-9]{8,64}(\\.[a-z0-9]{2,4})?';
  const name = region.replace(/[^a-z0-9-]/g, '');
  return [
    `${labels}\\.${name}\\.eks\\.amazonaws\\.com(\\.cn)?`,
    `${labels}\\.eks\\.${name}\\.amazonaws\\.com(\\.cn)?`,
    `${labels}\\.eks\\.${name}\\.api\\.aws`,
    `${eksId}\\.${name}\\.api\\.aws`,
    `${eksId}\\.${name}(\\.api)?\\.amazonwebservices\\.com\\.cn`,
  ].some((form) => new RegExp(`^${form}$`).test(hostname));
}

function matchesHost(pattern: string, url: URL): boolean {
  const [, host = '', port = ''] = /^(.*?)(?::(\d+|\*))?$/.exec(pattern.toLowerCase()) ?? [];
  const hasPort = port === '*' || port === url.port || (port === '443' && url.port === '');
  const hasHost = host.startsWith('*.') ? url.hostname.endsWith(host.slice(1)) : url.hostname === host;
  return hasPort && hasHost;
}

function refused(answer: string): OutsideCallError {
  return new OutsideCallError({ system: 'eks', failure: 'rejected', attempted: 'connect to the API server', answer });
}
