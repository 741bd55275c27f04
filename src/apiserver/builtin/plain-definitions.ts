import type { ResourceDefinition, ResourceVerb } from '../../api/definition.ts';
import * as admissionregistrationV1 from '../../api/generated/admissionregistration/v1/resources.ts';
import * as apiextensionsV1 from '../../api/generated/apiextensions/v1/resources.ts';
import * as apiregistrationV1 from '../../api/generated/apiregistration/v1/resources.ts';
import * as appsV1 from '../../api/generated/apps/v1/resources.ts';
import * as authenticationV1 from '../../api/generated/authentication/v1/resources.ts';
import * as authorizationV1 from '../../api/generated/authorization/v1/resources.ts';
import * as autoscalingV1 from '../../api/generated/autoscaling/v1/resources.ts';
import * as autoscalingV2 from '../../api/generated/autoscaling/v2/resources.ts';
import * as batchV1 from '../../api/generated/batch/v1/resources.ts';
import * as certificatesV1 from '../../api/generated/certificates/v1/resources.ts';
import * as coordinationV1 from '../../api/generated/coordination/v1/resources.ts';
import * as coreV1 from '../../api/generated/core/v1/resources.ts';
import * as discoveryV1 from '../../api/generated/discovery/v1/resources.ts';
import * as eventsV1 from '../../api/generated/events/v1/resources.ts';
import * as flowcontrolV1 from '../../api/generated/flowcontrol/v1/resources.ts';
import * as networkingV1 from '../../api/generated/networking/v1/resources.ts';
import * as nodeV1 from '../../api/generated/node/v1/resources.ts';
import * as policyV1 from '../../api/generated/policy/v1/resources.ts';
import * as rbacV1 from '../../api/generated/rbac/v1/resources.ts';
import * as resourceV1 from '../../api/generated/resource/v1/resources.ts';
import * as schedulingV1 from '../../api/generated/scheduling/v1/resources.ts';
import * as storageV1 from '../../api/generated/storage/v1/resources.ts';
import { shapeOf } from '../../api/shapes.ts';
import type { Resource } from '../../machinery/resource.ts';
import { factsOf } from './plain-facts.ts';

const SERVED: readonly Readonly<Record<string, unknown>>[] = [
  apiregistrationV1,
  appsV1,
  eventsV1,
  authenticationV1,
  authorizationV1,
  autoscalingV2,
  autoscalingV1,
  batchV1,
  certificatesV1,
  networkingV1,
  policyV1,
  rbacV1,
  storageV1,
  admissionregistrationV1,
  apiextensionsV1,
  schedulingV1,
  coordinationV1,
  nodeV1,
  discoveryV1,
  resourceV1,
  flowcontrolV1,
  coreV1,
];

/** The handles of all kinds that a 1.36 server offers unless told otherwise, in discovery's order. */
export const servedResources: readonly Resource[] = SERVED.flatMap(
  (module) => Object.values(module) as Resource[],
).filter(({ kind }) => !kind.endsWith('List'));

/**
 * Definitions for the kinds that nobody has written one for, with what discovery says of them:
 * they can be stored, listed, watched and patched, and are neither defaulted nor validated.
 */
export function plainDefinitions(
  written: Iterable<ResourceDefinition>,
): readonly ResourceDefinition[] {
  const byName = new Map([...written].map((definition) => [nameOf(definition), definition]));
  return servedResources.map((resource) => byName.get(nameOf(resource)) ?? plain(resource));
}

const nameOf = ({ group, version, plural }: Resource): string => `${group}/${version}/${plural}`;

function plain(resource: Resource): ResourceDefinition {
  const shape = shapeOf(resource);
  const facts = factsOf(nameOf(resource));
  const { verbs, ...rest } = facts;
  return {
    ...resource,
    shape,
    ...rest,
    ...(verbs && { verbs: verbs as ResourceVerb[] }),
    ...(shape.fieldsByName.has('status') && !verbs && !facts.withoutStatus && { status: {} }),
  };
}
