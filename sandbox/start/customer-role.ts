import * as z from 'zod';
import { customerRoleName, customerTrustPolicy } from '../example.ts';
import { ExampleRefused } from './api-calls.ts';
import type { Terminal } from './terminal.ts';

export interface RoleOptions {
  /** Where the customer makes its role. */
  readonly worldUrl: string;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

const accountAnswer = z.object({
  id: z.string(),
  status: z.object({ roleArn: z.string(), externalId: z.string(), trustedPrincipalArn: z.string() }),
});

/** What the customer does in its own account, with the ExternalId that the API has told of the account. */
export async function createRole({ worldUrl, terminal, signal }: RoleOptions, account: unknown): Promise<void> {
  const { id, status } = accountAnswer.parse(account);
  const { roleArn, externalId, trustedPrincipalArn } = status;
  const url = `${worldUrl}/_world/roles/${id}/${customerRoleName}`;
  const body = JSON.stringify({ trustPolicy: customerTrustPolicy(trustedPrincipalArn, externalId) });
  const answer = await fetch(url, { method: 'PUT', body, signal });
  if (!answer.ok) throw new ExampleRefused(`The role ${roleArn} was not made: ${await answer.text()}`);
  terminal.print(`        the customer's role ${roleArn} trusts us with its ExternalId`);
}
