import type { Logger } from '../base/logger.ts';
import type { Client } from '../client/client.ts';
import { runAsLeader } from '../client/leader-election.ts';
import type { ResourceCatalog } from '../client/resource-catalog.ts';
import { startControllers } from '../controllers/all.ts';
import { startScheduler } from '../scheduler/start.ts';
import type { Process } from './process.ts';

/** What a part of the control plane does. */
export type Role = 'controllers' | 'scheduler';

/** Who wakes up has all that was due meanwhile to do, and some of it to wait for. */
const DROWSY_MS = 1000;

/** A part of the control plane that can crash and come back; the second of a role stands by. */
export type Component = Role | `${Role}-2`;

export const roleOf = (component: Component): Role =>
  component.startsWith('scheduler') ? 'scheduler' : 'controllers';

/** What a part of the control plane works with. */
export interface RoleTools {
  readonly process: Process;
  readonly logger: Logger;
  readonly catalog: ResourceCatalog;
  /** `term` aborts when who uses the client is to write no more, though its process goes on. */
  readonly clientFor: (name: string, term?: AbortSignal) => Client;
}

/** Starts what the role is there for, until the signal aborts. */
export function startRole(role: Role, tools: RoleTools, signal: AbortSignal): void {
  const { process, logger, catalog, clientFor } = tools;
  const { clock, random } = process;
  if (role === 'scheduler') {
    startScheduler({ clock, random, client: clientFor('kube-scheduler'), logger, signal });
    return;
  }
  const options = { rootCertificate: 'simulated', catalog, podCidrs: ['10.244.0.0/16'] };
  void startControllers({ clock, random, logger, clientFor }, options, signal);
}

/** Two processes of one role, of which the elected one works. Knows who believes to lead. */
export class Elections {
  readonly #leaders = new Map<Role, Process[]>();
  /** Who was elected last: whoever else writes doesn't know that it was deposed. */
  readonly #newest = new Map<Role, Process>();
  #violation: string | undefined;
  #terms = 0;

  /** Who led beside another without being asleep, if anybody did. */
  get violation(): string | undefined {
    return this.#violation;
  }

  /** Whether another process of the role was elected since. */
  isDeposed(role: Role, process: Process): boolean {
    const newest = this.#newest.get(role);
    return newest !== undefined && newest !== process;
  }

  stand(role: Role, tools: RoleTools): void {
    const { process, logger, clientFor } = tools;
    const { clock, random, signal, name } = process;
    const client = clientFor('election');
    const identity = `${name}_${this.#terms++}`;
    const lease = { namespace: 'kube-system', name: `kube-${role}`, identity, signal };
    const lead = (led: AbortSignal) => {
      if (signal.aborted) return;
      this.#begin(role, process, led);
      // What an earlier term had under way is as much of a stranger to this one as another's.
      const ofTerm = { ...tools, clientFor: (each: string) => clientFor(each, led) };
      startRole(role, ofTerm, led);
    };
    // Ends when the process does, which nobody waits for.
    runAsLeader({ clock, random, client, logger }, lease, lead).catch(() => {});
  }

  #begin(role: Role, process: Process, led: AbortSignal): void {
    const others = (this.#leaders.get(role) ?? []).filter((each) => !each.signal.aborted);
    const awake = others.find((each) => each !== process && !each.isDrowsy(DROWSY_MS));
    if (awake) this.#violation ??= `${process.name} leads beside ${awake.name}`;
    this.#leaders.set(role, [...others, process]);
    this.#newest.set(role, process);
    const leave = () => {
      const left = this.#leaders.get(role)?.filter((each) => each !== process);
      this.#leaders.set(role, left ?? []);
    };
    led.addEventListener('abort', leave, { once: true });
  }
}
