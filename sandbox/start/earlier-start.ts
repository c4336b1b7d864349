import * as z from 'zod';

const clusterAnswer = z.object({
  id: z.string(),
  status: z.object({
    operation: z.string().optional(),
    lastOperation: z.object({ id: z.string(), state: z.string() }).optional(),
    bootstrap: z.object({ at: z.string(), fluxVersion: z.string(), revision: z.string() }).optional(),
  }),
});

/** What the cluster tells of an earlier start on the same state, and what that means for this one. */
export function earlierStartLines(answer: unknown): readonly string[] {
  const { id, status } = clusterAnswer.parse(answer);
  const { bootstrap } = status;
  const before = bootstrap
    ? [
        `The cluster ${id} was bootstrapped before: Flux ${bootstrap.fluxVersion} at ${bootstrap.at}, ${bootstrap.revision}.`,
      ]
    : [];
  return [...before, nowLine(id, status)];
}

type Status = z.output<typeof clusterAnswer>['status'];

function nowLine(id: string, { bootstrap, operation, lastOperation }: Status): string {
  if (operation !== undefined) return `An earlier start was cut short: its operation ${operation} goes on.`;
  if (bootstrap) return 'It is onboarded again: everything is looked at, and changed only where it differs.';
  const ended = lastOperation && `; its operation ${lastOperation.id} ended ${lastOperation.state}`;
  return `The cluster ${id} was registered before${ended ?? ', and not yet bootstrapped'}.`;
}
