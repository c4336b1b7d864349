/** One record whose changes are told of, and what really became of it. */
import { customerRecord } from '../contracts/registry-records.ts';
import { changeRecord } from '../../src/events/change-record.ts';
import { listEvents } from '../../src/events/event.service.ts';
import type { FleetEvent } from '../../src/events/event.ts';
import { FleetError } from '../../src/errors.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import type { Registry } from '../../src/ports/registry.ts';

/** The ports as one process sees them. */
export interface AuditPorts {
  readonly registry: Registry;
  readonly events: EventLog;
}

export interface AuditedCustomer {
  /** Reads the customer and changes it; `conflict` when somebody else did so in between. */
  change(ports: AuditPorts, name: string): Promise<'changed' | 'conflict'>;
  remove(ports: AuditPorts, name: string): Promise<'changed' | 'conflict'>;
  /** Callers of the events that are shown, the oldest first. */
  told(ports: AuditPorts): Promise<readonly string[]>;
  /** Callers of the changes that were made, in the order of their versions. */
  readonly happened: () => readonly string[];
}

/** `happened` is taken from the writes of this registry, so every process must reach the table through it. */
export function auditedCustomer(
  now: () => Date,
): AuditedCustomer & { readonly witness: (registry: Registry) => Registry } {
  const made: string[] = [];
  const nameOf = (changedBy: string) => changedBy.split('_')[1] ?? '';

  async function perform(ports: AuditPorts, name: string, isRemoval: boolean): Promise<'changed' | 'conflict'> {
    const { customer: place } = await ports.registry.read({ customer: 'acme' });
    const displayName = `by ${name}`;
    const record = customerRecord({ spec: { ...customerRecord().spec, displayName }, version: place.version + 1 });
    try {
      await changeRecord(
        { events: ports.events, now, randomId: () => name },
        {
          ...{
            customer: 'acme',
            actor: { caller: name },
            place,
            at: now().toISOString(),
            resource: '/v1/customers/acme',
          },
          type: isRemoval ? 'customer.deleted' : place.record ? 'customer.updated' : 'customer.created',
          subject: { kind: 'customer', id: 'acme' },
          after: isRemoval ? undefined : record.spec,
          write: (change) =>
            isRemoval
              ? ports.registry.deleteCustomer('acme', change)
              : ports.registry.putCustomer(record, change.changedBy),
        },
      );
      return 'changed';
    } catch (error) {
      if (error instanceof FleetError && error.code === 'conflict') return 'conflict';
      throw error;
    }
  }

  return {
    change: (ports, name) => perform(ports, name, false),
    remove: (ports, name) => perform(ports, name, true),
    async told(ports) {
      const found: FleetEvent[] = [];
      let after: string | undefined;
      do {
        const page = await listEvents(ports, { customer: 'acme', size: 2, after });
        found.push(...page.items);
        after = page.next;
      } while (after !== undefined);
      return found.map(({ caller }) => caller).toReversed();
    },
    happened: () => made,
    witness: (registry) => ({
      ...registry,
      async putCustomer(record, changedBy) {
        const outcome = await registry.putCustomer(record, changedBy);
        if (outcome.kind === 'written') made.push(nameOf(changedBy));
        return outcome;
      },
      async deleteCustomer(customer, change) {
        const outcome = await registry.deleteCustomer(customer, change);
        if (outcome.kind === 'written') made.push(nameOf(change.changedBy));
        return outcome;
      },
    }),
  };
}
