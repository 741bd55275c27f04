import { toTime } from '../../base/clock.ts';
import { uuid } from '../../base/random.ts';
import type { Draft, KubeObject } from '../../machinery/object.ts';
import type { HookContext } from '../registry/hooks.ts';
import { trackedNew } from '../registry/track-fields.ts';
import { type Family, familyOf } from './families.ts';

const ADDRESSES_PREFIX = '/registry/networking.k8s.io/ipaddresses/';
const PORTS_PREFIX = '/registry/ranges/servicenodeports/';
const MANAGER = 'kube-apiserver';

/** Whose address or port it is. */
export interface Owner {
  readonly namespace: string;
  readonly name: string;
}

/** Whether nobody has the address, nor is about to get it in this commit. */
export const isAddressFree = (context: HookContext, address: string): boolean =>
  isFree(context, ADDRESSES_PREFIX + address);

export const isPortFree = (context: HookContext, port: number): boolean =>
  isFree(context, PORTS_PREFIX + port);

function isFree({ parts, ahead }: HookContext, key: string): boolean {
  return parts.store.latest(key) === undefined && !ahead.some((write) => write.key === key);
}

/**
 * Writes down whose address it is, as an IPAddress, together with the service: older than it by a
 * revision, as clients know it.
 */
export function claimAddress(context: HookContext, address: string, owner: Owner): void {
  const { parts, ahead } = context;
  const family: Family = familyOf(address) ?? 'IPv4';
  const labels = {
    'ipaddress.kubernetes.io/ip-family': family,
    'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
  };
  const resource = parts.table.get('networking.k8s.io', 'v1', 'ipaddresses');
  const draft = {
    kind: 'IPAddress',
    apiVersion: 'networking.k8s.io/v1',
    metadata: { name: address, ...identity(context), labels },
    spec: { parentRef: { ...owner, resource: 'services' } },
  } as unknown as Draft<KubeObject>;
  trackedNew(resource, draft, MANAGER, context.call.now);
  ahead.push({ type: 'put', key: ADDRESSES_PREFIX + address, draft, expect: 0 });
}

/** Writes down whose port it is. Not an object that is served: it only has to be there once. */
export function claimPort(context: HookContext, port: number, { namespace, name }: Owner): void {
  const draft = {
    kind: 'RangeAllocation',
    apiVersion: 'v1',
    metadata: { name: `${port}`, ...identity(context) },
    range: `${namespace}/${name}`,
  } as unknown as Draft<KubeObject>;
  context.ahead.push({ type: 'put', key: PORTS_PREFIX + port, draft, expect: 0 });
}

const identity = ({ parts, call }: HookContext) => ({
  uid: uuid(parts.random),
  creationTimestamp: toTime(call.now),
});

export const releaseAddress = ({ writes }: HookContext, address: string): void => {
  writes.push({ type: 'delete', key: ADDRESSES_PREFIX + address });
};

export const releasePort = ({ writes }: HookContext, port: number): void => {
  writes.push({ type: 'delete', key: PORTS_PREFIX + port });
};
