import type { Binding, Node, Pod } from '../../api/generated/core/v1/types.ts';
import { toTime } from '../../base/clock.ts';
import type { ApiAnswer } from '../../machinery/api-request.ts';
import { aggregateMessage, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { FieldPath } from '../../machinery/field-path.ts';
import type { Draft, ObjectMeta } from '../../machinery/object.ts';
import { badRequest, conflict, notFound, StatusError } from '../../machinery/status.ts';
import { type Call, isDryRun } from '../call.ts';
import { admitSpoken } from '../registry/attributes.ts';
import { isDeleting } from '../registry/object-meta.ts';
import { checkCreateOptions } from '../registry/options.ts';
import type { RegistryParts } from '../registry/parts.ts';
import { revisionConflict, uidConflict } from '../registry/uid-conflict.ts';
import { bodyOf } from './body.ts';
import { createdStatus } from './created-status.ts';

const BINDING = { group: '', version: 'v1', kind: 'Binding' };
const BINDINGS = { group: '', plural: 'pods/binding' };

/** `pods/binding`: gives a pod to a node, once. */
export async function bindPod(parts: RegistryParts, call: Call): Promise<ApiAnswer> {
  const { request, resource, warnings } = call;
  checkCreateOptions(request.options);
  const binding = bodyOf<Binding>(call, BINDING);
  const name = binding.metadata?.name ?? '';
  if (request.name !== undefined && name !== request.name) {
    throw badRequest('name in URL does not match name in Binding object');
  }
  checkTarget(binding);
  const type = { kind: BINDING.kind, apiVersion: 'v1' };
  const metadata = { ...binding.metadata, name };
  const spoken = { ...type, ...binding, metadata } as Draft<Binding>;
  const asking = admitSpoken(parts, call, 'CREATE', BINDING, spoken);
  if (asking !== undefined) await asking;
  const key = resource.key(request.namespace, name);
  const { store } = parts;
  const entry = store.latest(key);
  if (entry === undefined) throw notFound(resource, name);
  const pod = entry.value as Pod;
  checkIsMeant(call, binding.metadata ?? {}, resource.shown(pod).metadata);
  refuseBinding(pod, name);
  if (!isDryRun(call)) {
    const draft = boundPod(pod, withTopology(store, spoken as Binding), call.now);
    await store.commit([{ type: 'put', key, draft, expect: entry.revision }]);
  }
  return { object: createdStatus(), created: true, warnings };
}

/** Throws Conflict when the binding is for another pod of the name, or another state of it. */
function checkIsMeant(call: Call, wanted: Partial<ObjectMeta>, actual: ObjectMeta): void {
  const { uid, resourceVersion: revision } = wanted;
  if (uid && uid !== actual.uid) throw uidConflict(call, uid, actual.uid);
  const { resourceVersion = '' } = actual;
  if (revision && revision !== resourceVersion) {
    throw revisionConflict(call, revision, resourceVersion);
  }
}

/** Where a node is, which pods on it are told by labels of their own (KEP-4742). */
const TOPOLOGY = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

function withTopology(store: RegistryParts['store'], binding: Binding): Binding {
  const node = store.latest(`/registry/nodes/${binding.target.name}`)?.value as Node | undefined;
  const known = TOPOLOGY.filter((label) => node?.metadata.labels?.[label] !== undefined);
  if (known.length === 0) return binding;
  const labels = { ...binding.metadata?.labels };
  for (const label of known) labels[label] = node!.metadata.labels![label]!;
  return { ...binding, metadata: { ...binding.metadata, labels } };
}

function checkTarget({ target }: Partial<Binding>): void {
  const path = FieldPath.root.at('target');
  const errors = [];
  const kind = target?.kind ?? '';
  if (kind !== '' && kind !== 'Node') {
    errors.push(notSupported(path.at('kind'), kind, ['Node', '<empty>']));
  }
  if (!target?.name) errors.push(required(path.at('name')));
  if (target?.name && /[/%]/.test(target.name)) {
    errors.push(invalid(path.at('name'), target.name, "may not contain '/'"));
  }
  if (errors.length === 0) return;
  // Nobody made an answer of it in Kubernetes: what is wrong is an error of the server's there.
  const texts = errors.map(({ field, message }) => `${field}: ${message}`);
  throw new StatusError('', aggregateMessage(texts));
}

function refuseBinding(pod: Pod, name: string): void {
  const refuse = (why: string): StatusError => conflict(BINDINGS, name, why);
  if (isDeleting(pod)) {
    throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  }
  const { nodeName, schedulingGates } = pod.spec;
  if (nodeName) throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(nodeName)}`);
  if (schedulingGates?.length) {
    throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
  }
}

function boundPod(pod: Pod, { metadata, target }: Binding, now: number): Draft<Pod> {
  const conditions = (pod.status.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: toTime(now),
  };
  const { annotations, labels } = metadata ?? {};
  const { nominatedNodeName: _, ...status } = pod.status; // Room was found.
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(annotations && { annotations: { ...pod.metadata.annotations, ...annotations } }),
      ...(labels && { labels: { ...pod.metadata.labels, ...labels } }),
    },
    spec: { ...pod.spec, nodeName: target.name },
    status: { ...status, conditions: [...conditions, scheduled] },
  } as Draft<Pod>;
}
