// What expressions of admission policies see of a request. Objects themselves are of any type.
import {
  BOOL,
  DYN,
  type Field,
  INT,
  listOf,
  mapOf,
  objectOf,
  STRING,
  TIMESTAMP,
  type Type,
} from '../cel/types.ts';

const TEXTS = listOf(STRING);
const BY_TEXT = mapOf(STRING, STRING);

function declared(name: string, types: Readonly<Record<string, Type>>): Type {
  const fields = new Map<string, Field>();
  for (const [property, type] of Object.entries(types)) fields.set(property, { type, property });
  return objectOf(`kubernetes.${name}`, fields);
}

const KIND = declared('GroupVersionKind', { group: STRING, version: STRING, kind: STRING });
const RESOURCE = declared('GroupVersionResource', {
  ...{ group: STRING, version: STRING, resource: STRING },
});
const USER = declared('UserInfo', {
  ...{ username: STRING, uid: STRING, groups: TEXTS, extra: mapOf(STRING, TEXTS) },
});

/** `request`: what of an `admission.k8s.io/v1` AdmissionRequest isn't the objects. */
export const REQUEST: Type = declared('AdmissionRequest', {
  ...{ kind: KIND, resource: RESOURCE, subResource: STRING },
  ...{ requestKind: KIND, requestResource: RESOURCE, requestSubResource: STRING },
  ...{ name: STRING, namespace: STRING, operation: STRING },
  ...{ userInfo: USER, dryRun: BOOL, options: DYN },
});

const CONDITION = declared('NamespaceCondition', {
  ...{ status: STRING, type: STRING, lastTransitionTime: TIMESTAMP },
  ...{ message: STRING, reason: STRING },
});

/** `namespaceObject`: the namespace of the request. */
export const NAMESPACE: Type = declared('Namespace', {
  metadata: declared('NamespaceMetadata', {
    ...{ name: STRING, generateName: STRING, namespace: STRING, labels: BY_TEXT },
    ...{ annotations: BY_TEXT, UID: STRING, creationTimestamp: TIMESTAMP },
    ...{ deletionGracePeriodSeconds: INT, deletionTimestamp: TIMESTAMP, generation: INT },
    ...{ resourceVersion: STRING, finalizers: TEXTS },
  }),
  spec: declared('NamespaceSpec', { finalizers: TEXTS }),
  status: declared('NamespaceStatus', { conditions: listOf(CONDITION), phase: STRING }),
});
