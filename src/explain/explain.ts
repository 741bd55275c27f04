import type {
  Namespace,
  Node,
  PersistentVolumeClaim,
  Pod,
  Service,
} from '../api/generated/core/v1/types.ts';
import { controllerOf, type KubeObject } from '../machinery/object.ts';
import { explainClaim } from './claim.ts';
import type { ClusterReader } from './cluster-reader.ts';
import { explainDeletion } from './deletion.ts';
import { type Explanation, explained } from './explanation.ts';
import { explainNode } from './node.ts';
import { explainPod } from './pod/pod.ts';
import { explainService } from './service.ts';
import { explainWorkload } from './workload.ts';

/** Says what is the matter with an object, whatever it is. */
export async function explain(
  object: KubeObject,
  reader: ClusterReader,
  time: { readonly now: number },
): Promise<Explanation> {
  const found = explainDeletion(object, { ...time, inSpec: finalizersInSpec(object) });
  if (found) return withRemains(found, object);
  switch (object.kind) {
    case 'Pod':
      return explainPod(object as Pod, reader, time);
    case 'Node':
      return explainNode(object as Node);
    case 'Service':
      return explainService(object as Service, reader, time);
    case 'PersistentVolumeClaim':
      return explainClaim(object as PersistentVolumeClaim, reader);
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'Job':
      return explainWorkload(object, reader, time);
    default:
      return nothingKnown(object);
  }
}

const finalizersInSpec = (object: KubeObject): readonly string[] =>
  object.kind === 'Namespace' ? ((object as Namespace).spec.finalizers ?? []) : [];

/** A namespace tells in its conditions what is still in it. */
function withRemains(found: Explanation, object: KubeObject): Explanation {
  if (object.kind !== 'Namespace') return found;
  const { conditions = [] } = (object as Namespace).status ?? {};
  const remains = conditions
    .filter(({ status }) => status === 'True')
    .map(({ type, message = '' }) => ({ subject: type, text: message }));
  return { ...found, evidence: [...remains, ...found.evidence] };
}

function nothingKnown(object: KubeObject): Explanation {
  const owner = controllerOf(object);
  const summary = owner
    ? `nothing is known to be wrong with it; it belongs to ${owner.kind.toLowerCase()}/${owner.name}`
    : 'nothing is known to be wrong with it';
  return explained(object, { state: 'well', summary });
}
