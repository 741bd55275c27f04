import type { Resource } from '../machinery/resource.ts';
import type { ResourceDefinition } from './definition.ts';
import * as admissionregistrationV1 from './generated/admissionregistration/v1/resources.ts';
import * as apiextensionsV1 from './generated/apiextensions/v1/resources.ts';
import * as apiregistrationV1 from './generated/apiregistration/v1/resources.ts';
import * as appsV1 from './generated/apps/v1/resources.ts';
import * as authenticationV1 from './generated/authentication/v1/resources.ts';
import * as authorizationV1 from './generated/authorization/v1/resources.ts';
import * as autoscalingV1 from './generated/autoscaling/v1/resources.ts';
import * as autoscalingV2 from './generated/autoscaling/v2/resources.ts';
import * as batchV1 from './generated/batch/v1/resources.ts';
import * as certificatesV1 from './generated/certificates/v1/resources.ts';
import * as coordinationV1 from './generated/coordination/v1/resources.ts';
import * as coreV1 from './generated/core/v1/resources.ts';
import * as discoveryV1 from './generated/discovery/v1/resources.ts';
import * as eventsV1 from './generated/events/v1/resources.ts';
import * as flowcontrolV1 from './generated/flowcontrol/v1/resources.ts';
import * as networkingV1 from './generated/networking/v1/resources.ts';
import * as nodeV1 from './generated/node/v1/resources.ts';
import * as policyV1 from './generated/policy/v1/resources.ts';
import * as rbacV1 from './generated/rbac/v1/resources.ts';
import * as resourceV1 from './generated/resource/v1/resources.ts';
import * as schedulingV1 from './generated/scheduling/v1/resources.ts';
import * as storageV1 from './generated/storage/v1/resources.ts';
import { shapeOf } from './shapes.ts';

const SERVED: readonly Readonly<Record<string, unknown>>[] = [
  admissionregistrationV1,
  apiextensionsV1,
  apiregistrationV1,
  appsV1,
  authenticationV1,
  authorizationV1,
  autoscalingV1,
  autoscalingV2,
  batchV1,
  certificatesV1,
  coordinationV1,
  coreV1,
  discoveryV1,
  eventsV1,
  flowcontrolV1,
  networkingV1,
  nodeV1,
  policyV1,
  rbacV1,
  resourceV1,
  schedulingV1,
  storageV1,
];

/** A handle for every resource that a 1.36 server offers unless told otherwise. */
const servedResources: readonly Resource[] = SERVED.flatMap(
  (module) => Object.values(module) as Resource[],
);

type Facts = Partial<ResourceDefinition>;

const review: Facts = { verbs: ['create'], virtual: true };

/** What is known of kinds of which nobody has written a definition. */
const FACTS: Readonly<Record<string, Facts>> = {
  'authentication.k8s.io/v1/selfsubjectreviews': review,
  'authentication.k8s.io/v1/tokenreviews': review,
  'authorization.k8s.io/v1/localsubjectaccessreviews': review,
  'authorization.k8s.io/v1/selfsubjectaccessreviews': review,
  'authorization.k8s.io/v1/selfsubjectrulesreviews': review,
  'authorization.k8s.io/v1/subjectaccessreviews': review,
  '/v1/bindings': review,
};

const nameOf = ({ group, version, plural }: Resource): string => `${group}/${version}/${plural}`;

function plain(resource: Resource): ResourceDefinition {
  const shape = shapeOf(resource);
  const facts = FACTS[nameOf(resource)] ?? {};
  const hasStatus = shape.fieldsByName.has('status') && !facts.virtual;
  return { ...resource, shape, ...(hasStatus && { status: {} }), ...facts };
}

/**
 * Definitions of all served kinds but those written by hand, from their shapes and the little that
 * discovery says: they can be stored, listed, watched and patched; nobody checks what is in them.
 */
export function plainDefinitions(
  written: readonly ResourceDefinition[],
): readonly ResourceDefinition[] {
  const names = new Set<string>(written.map(nameOf));
  const known = (resource: Resource): boolean => names.has(nameOf(resource));
  return servedResources.filter((resource) => !known(resource)).map(plain);
}
