import { parseTime } from '../base/clock.ts';
import type { KubeObject } from '../machinery/object.ts';
import { type Advice, type Evidence, type Explanation, explained, untried } from './explanation.ts';
import { nameOf, referenceTo } from './reference.ts';

/** Who takes the finalizers of Kubernetes itself away, and when. */
const KNOWN: Readonly<Record<string, string>> = {
  foregroundDeletion: 'the garbage collector, once all that it owns is gone',
  orphan: 'the garbage collector, once what it owns is released',
  kubernetes: 'the namespace controller, once the namespace is empty',
  'kubernetes.io/pvc-protection': 'the control plane, once no pod uses the claim',
  'kubernetes.io/pv-protection': 'the control plane, once no claim uses the volume',
  'customresourcecleanup.apiextensions.k8s.io': 'the API server, once its custom objects are gone',
  'batch.kubernetes.io/job-tracking': "the Job's controller, once it has counted the pod",
};

/** Why an object that is being deleted is still there. Undefined when it isn't being deleted. */
export function explainDeletion(
  object: KubeObject,
  { now, inSpec = [] }: { readonly now: number; readonly inSpec?: readonly string[] },
): Explanation | undefined {
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  if (deletionTimestamp === undefined) return undefined;
  const waitedFor = [...finalizers, ...inSpec];
  const seconds = Math.max(0, Math.round((now - askedAt(object, now)) / 1000));
  if (waitedFor.length === 0) {
    const summary = `it is being deleted for ${seconds} s, and its node has yet to end it`;
    return explained(object, { state: 'waiting', summary });
  }
  return explained(object, {
    state: waitedFor.every((name) => KNOWN[name]) ? 'waiting' : 'wrong',
    summary: `it is being deleted for ${seconds} s, and waits for ${waitedFor.join(', ')}`,
    evidence: waitedFor.map(evidenceOf),
    advice: adviceFor(object, finalizers),
  });
}

/** `deletionTimestamp` is when an object is to be gone: its grace later than it was asked for. */
function askedAt({ metadata }: KubeObject, now: number): number {
  const { deletionTimestamp = '', deletionGracePeriodSeconds = 0 } = metadata;
  return (parseTime(deletionTimestamp) ?? now) - deletionGracePeriodSeconds * 1000;
}

const evidenceOf = (finalizer: string): Evidence => ({
  subject: `finalizer ${finalizer}`,
  text: `is taken away by ${KNOWN[finalizer] ?? `whoever set it: a controller of ${domainOf(finalizer)}`}`,
});

const domainOf = (finalizer: string): string => finalizer.split('/')[0] ?? finalizer;

function adviceFor(object: KubeObject, finalizers: readonly string[]): Advice[] {
  const foreign = finalizers.filter((name) => !KNOWN[name]);
  if (foreign.length === 0) return [];
  const { namespace } = object.metadata;
  const place = namespace ? ` -n ${namespace}` : '';
  const patch = `kubectl patch ${nameOf(referenceTo(object))}${place} --type=merge -p '{"metadata":{"finalizers":null}}'`;
  return [
    untried(`see that the controller of ${foreign.map(domainOf).join(', ')} runs`),
    untried(
      'if it is gone for good, take the finalizers away; what it would have cleaned up stays',
      patch,
    ),
  ];
}
