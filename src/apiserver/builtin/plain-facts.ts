import type { ResourceDefinition } from '../../api/definition.ts';

/** What is known of a kind without reading its rules. */
export type PlainFacts = Pick<
  ResourceDefinition,
  | 'shortNames'
  | 'categories'
  | 'generation'
  | 'createOnUpdate'
  | 'conditionalUpdateOnly'
  | 'deleteAnswersObject'
  | 'nameRule'
  | 'connects'
  | 'updates'
> & { readonly verbs?: readonly string[]; readonly withoutStatus?: boolean };

const generation = { generation: true } as const;
const extension = { categories: ['api-extensions'] } as const;
const conditional = { conditionalUpdateOnly: true } as const;
const answersObject = { deleteAnswersObject: true } as const;
const all = { categories: ['all'] } as const;
const createOnly = { verbs: ['create'] } as const;
const rbac = { createOnUpdate: true, nameRule: 'path-segment' } as const;

const FACTS: Readonly<Record<string, PlainFacts>> = {
  'apiregistration.k8s.io/v1/apiservices': extension,
  'apps/v1/daemonsets': { ...generation, ...all, shortNames: ['ds'] },
  'apps/v1/statefulsets': { ...generation, ...all, shortNames: ['sts'] },
  'events.k8s.io/v1/events': { shortNames: ['ev'], createOnUpdate: true },
  'authentication.k8s.io/v1/selfsubjectreviews': createOnly,
  'authentication.k8s.io/v1/tokenreviews': createOnly,
  'authentication.k8s.io/v1/tokenrequests': createOnly,
  'authorization.k8s.io/v1/localsubjectaccessreviews': createOnly,
  'authorization.k8s.io/v1/selfsubjectaccessreviews': createOnly,
  'authorization.k8s.io/v1/selfsubjectrulesreviews': createOnly,
  'authorization.k8s.io/v1/subjectaccessreviews': createOnly,
  'autoscaling/v1/horizontalpodautoscalers': { ...all, shortNames: ['hpa'] },
  'autoscaling/v2/horizontalpodautoscalers': { ...all, shortNames: ['hpa'] },
  'batch/v1/cronjobs': { ...generation, ...all, shortNames: ['cj'] },
  'batch/v1/jobs': { ...generation, ...all, ...answersObject },
  'certificates.k8s.io/v1/certificatesigningrequests': {
    shortNames: ['csr'],
    updates: { approval: {} },
  },
  'networking.k8s.io/v1/ingressclasses': generation,
  'networking.k8s.io/v1/ingresses': { ...generation, shortNames: ['ing'] },
  'networking.k8s.io/v1/ipaddresses': { shortNames: ['ip'], nameRule: 'ip-address' },
  'networking.k8s.io/v1/networkpolicies': { ...generation, shortNames: ['netpol'] },
  'policy/v1/poddisruptionbudgets': { ...generation, ...conditional, shortNames: ['pdb'] },
  'rbac.authorization.k8s.io/v1/clusterrolebindings': rbac,
  'rbac.authorization.k8s.io/v1/clusterroles': rbac,
  'rbac.authorization.k8s.io/v1/rolebindings': rbac,
  'rbac.authorization.k8s.io/v1/roles': rbac,
  'storage.k8s.io/v1/csidrivers': { ...conditional, ...answersObject },
  'storage.k8s.io/v1/csinodes': { ...conditional, ...answersObject },
  'storage.k8s.io/v1/csistoragecapacities': conditional,
  'storage.k8s.io/v1/storageclasses': { ...answersObject, shortNames: ['sc'] },
  'storage.k8s.io/v1/volumeattachments': { ...conditional, ...answersObject },
  'storage.k8s.io/v1/volumeattributesclasses': { ...answersObject, shortNames: ['vac'] },
  'admissionregistration.k8s.io/v1/mutatingadmissionpolicies': {
    ...generation,
    ...extension,
    ...conditional,
  },
  'admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings': {
    ...generation,
    ...extension,
    ...conditional,
  },
  'admissionregistration.k8s.io/v1/mutatingwebhookconfigurations': {
    ...generation,
    ...extension,
    ...conditional,
  },
  'admissionregistration.k8s.io/v1/validatingadmissionpolicies': {
    ...generation,
    ...extension,
    ...conditional,
  },
  'admissionregistration.k8s.io/v1/validatingadmissionpolicybindings': {
    ...generation,
    ...extension,
    ...conditional,
  },
  'admissionregistration.k8s.io/v1/validatingwebhookconfigurations': {
    ...generation,
    ...extension,
    ...conditional,
  },
  'apiextensions.k8s.io/v1/customresourcedefinitions': {
    ...generation,
    ...extension,
    ...conditional,
    shortNames: ['crd', 'crds'],
  },
  'scheduling.k8s.io/v1/priorityclasses': { ...generation, shortNames: ['pc'] },
  'node.k8s.io/v1/runtimeclasses': { ...conditional, createOnUpdate: true },
  'resource.k8s.io/v1/deviceclasses': { ...generation, ...answersObject },
  'resource.k8s.io/v1/resourceclaims': answersObject,
  'resource.k8s.io/v1/resourceclaimtemplates': answersObject,
  'resource.k8s.io/v1/resourceslices': { ...generation, ...answersObject },
  'flowcontrol.apiserver.k8s.io/v1/flowschemas': generation,
  'flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations': generation,
  '/v1/bindings': createOnly,
  '/v1/componentstatuses': { verbs: ['get', 'list'], shortNames: ['cs'] },
  '/v1/limitranges': { shortNames: ['limits'], createOnUpdate: true },
  '/v1/persistentvolumeclaims': { shortNames: ['pvc'], ...answersObject },
  '/v1/persistentvolumes': { shortNames: ['pv'], ...answersObject },
  '/v1/podtemplates': { ...generation, ...answersObject },
  '/v1/replicationcontrollers': {
    ...generation,
    ...all,
    ...answersObject,
    shortNames: ['rc'],
  },
  '/v1/resourcequotas': { shortNames: ['quota'], ...answersObject },
};

/** The facts of a kind by `group/version/plural`. */
export const factsOf = (name: string): PlainFacts => FACTS[name] ?? {};
