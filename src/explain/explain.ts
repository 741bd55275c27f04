import type { Namespace, Pod } from '../api/generated/core/v1/types.ts';
import { controllerOf, type KubeObject } from '../machinery/object.ts';
import { parseApiVersion } from '../machinery/resource.ts';
import { explainClaim } from './claim.ts';
import type { ClusterReader } from './cluster-reader.ts';
import { explainDeletion } from './deletion.ts';
import { type Explanation, explained, untried } from './explanation.ts';
import { explainIngress } from './ingress.ts';
import { explainCronJob, explainJob } from './job.ts';
import { explainNode } from './node.ts';
import { explainPod } from './pod/pod.ts';
import { explainService } from './service.ts';
import { explainUncontrolled } from './uncontrolled.ts';
import { explainWorkload } from './workload.ts';

/** Says what is the matter with an object, whatever it is. */
export async function explain(
  object: KubeObject,
  reader: ClusterReader,
  time: { readonly now: number },
): Promise<Explanation> {
  const how = EXPLAINERS[`${parseApiVersion(object.apiVersion).group}/${object.kind}`];
  if (how === explainPod) return explainPod(object as Pod, reader, time); // Has a node to end it.
  const found = explainDeletion(object, { ...time, inSpec: finalizersInSpec(object) });
  if (found) return withRemains(found, object);
  const idle = explainUncontrolled(object, reader);
  if (idle) return idle;
  return how ? how(object as never, reader, time) : nothingKnown(object);
}

type Explainer<T extends KubeObject> = (
  object: T,
  reader: ClusterReader,
  time: { readonly now: number },
) => Explanation | Promise<Explanation>;

/** By group and kind: others call theirs `Service` and `Job`, too. */
const EXPLAINERS: Readonly<Record<string, Explainer<never>>> = {
  '/Pod': explainPod,
  '/Node': explainNode,
  '/Service': explainService,
  '/PersistentVolumeClaim': explainClaim,
  '/ReplicationController': explainWorkload,
  'apps/Deployment': explainWorkload,
  'apps/ReplicaSet': explainWorkload,
  'apps/StatefulSet': explainWorkload,
  'apps/DaemonSet': explainWorkload,
  'batch/Job': explainJob,
  'batch/CronJob': explainCronJob,
  'networking.k8s.io/Ingress': explainIngress,
};

const finalizersInSpec = (object: KubeObject): readonly string[] =>
  isNamespace(object) ? (object.spec?.finalizers ?? []) : [];

const isNamespace = (object: KubeObject): object is Namespace =>
  object.apiVersion === 'v1' && object.kind === 'Namespace';

/** A namespace tells in its conditions what is still in it. */
function withRemains(found: Explanation, object: KubeObject): Explanation {
  if (!isNamespace(object)) return found;
  const { conditions = [] } = object.status ?? {};
  const remains = conditions
    .filter(({ status }) => status === 'True')
    .map(({ type, message = '' }) => ({ subject: type, text: message }));
  const evidence = [...remains, ...found.evidence];
  const waitedFor = remains.find(({ subject }) => subject === 'NamespaceFinalizersRemaining');
  if (!waitedFor) return { ...found, evidence };
  // As the namespace controller writes it: `…: example.com/backup in 1 resource instances, …`.
  const domains = [...waitedFor.text.matchAll(/([\w.-]+)(?:\/\S+)? in \d+ resource/g)].map(
    ([, domain]) => domain,
  );
  const advice = untried(
    `see that the controller of ${domains.join(', ')} runs; it takes the finalizers away`,
  );
  return { ...found, state: 'wrong', evidence, advice: [...found.advice, advice] };
}

function nothingKnown(object: KubeObject): Explanation {
  const owner = controllerOf(object);
  const summary = owner
    ? `nothing is known to be wrong with it; it belongs to ${owner.kind.toLowerCase()}/${owner.name}`
    : 'nothing is known to be wrong with it';
  return explained(object, { state: 'well', summary });
}
