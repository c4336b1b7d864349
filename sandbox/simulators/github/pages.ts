import type { GitHubAnswer, GitHubCall } from './github-request.ts';

/** docs.github.com, "Using pagination in the REST API": 30 a page, at most 100, the other pages in `Link`. */
export function pageOf({ query, url }: Pick<GitHubCall, 'query' | 'url'>, items: readonly unknown[]): GitHubAnswer {
  const size = Math.min(100, positive(query['per_page'], 30));
  const page = positive(query['page'], 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const links = [
    ...(page > 1 ? [link(url, page - 1, 'prev')] : []),
    ...(page < last ? [link(url, page + 1, 'next'), link(url, last, 'last')] : []),
    ...(page > 1 ? [link(url, 1, 'first')] : []),
  ];
  return {
    body: items.slice((page - 1) * size, page * size),
    ...(links.length > 0 && { headers: { link: links.join(', ') } }),
  };
}

function positive(text: string | undefined, otherwise: number): number {
  const number = Number(text);
  return Number.isInteger(number) && number > 0 ? number : otherwise;
}

function link(url: URL, page: number, relation: string): string {
  const target = new URL(url);
  target.searchParams.set('page', String(page));
  return `<${target.href}>; rel="${relation}"`;
}
