import type { EksToken } from './eks-token.ts';
import type { BearerTokens } from './kubernetes-transport.ts';

/** A token is replaced this long before it ends: a request may take its time on the way. */
const earlyRenewalMs = 60_000;

/** The resolution of X-Amz-Date: two tokens of one session and one second are the same. */
const resolutionMs = 1000;

/** The bearer tokens of one connection to one cluster, minted when first needed. They live here only, in memory. */
export function createEksTokenSource(options: {
  readonly mint: (at: Date, signal: AbortSignal) => Promise<EksToken>;
  readonly now: () => Date;
}): BearerTokens {
  let current: (EksToken & { readonly mintedAtMs: number }) | undefined;
  let earliestMs = 0;

  return {
    async get(signal) {
      const nowMs = options.now().getTime();
      if (!current || current.expiresAt.getTime() - nowMs <= earlyRenewalMs) {
        const mintedAtMs = Math.max(nowMs, earliestMs);
        current = { ...(await options.mint(new Date(mintedAtMs), signal)), mintedAtMs };
      }
      return current.token;
    },
    invalidate(token) {
      if (current?.token === token) {
        earliestMs = current.mintedAtMs + resolutionMs;
        current = undefined;
      }
    },
  };
}
