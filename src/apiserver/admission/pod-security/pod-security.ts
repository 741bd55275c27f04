import { SECCOMP_CONTAINER } from '../../../api/core-v1/pod/annotation-rules.ts';
import type { Pod, PodTemplateSpec } from '../../../api/generated/core/v1/types.ts';
import { isEqual } from '../../../machinery/equal.ts';
import { invalidObject } from '../../../machinery/field-error.ts';
import type { KubeObject } from '../../../machinery/object.ts';
import { forbidden } from '../../../machinery/status.ts';
import type { Store } from '../../../store/store.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { isPod } from '../pods.ts';
import { containersOf, type Subject } from './check.ts';
import { existingPodWarnings } from './existing-pods.ts';
import { isStricter, labelErrors, policyOf, violations } from './policy.ts';

type Labels = Readonly<Record<string, string>>;
type Templated = KubeObject & {
  readonly template?: PodTemplateSpec;
  readonly spec?: {
    readonly template?: PodTemplateSpec;
    readonly jobTemplate?: { readonly spec: { readonly template: PodTemplateSpec } };
  };
};

const WORKLOADS = [
  '/podtemplates',
  '/replicationcontrollers',
  'apps/daemonsets',
  'apps/deployments',
  'apps/replicasets',
  'apps/statefulsets',
  'batch/cronjobs',
  'batch/jobs',
];

/** Refuses pods, and warns of workloads, that aren't as safe as their namespace's labels want. */
export const podSecurity = (store: Store<KubeObject>): AdmissionPlugin => ({
  name: 'PodSecurity',
  validate(attributes) {
    const { definition, operation, subresource } = attributes;
    if (operation !== 'CREATE' && operation !== 'UPDATE') return;
    const name = `${definition.group}/${definition.plural}`;
    if (name === '/namespaces' && subresource === undefined) {
      checkLabels(attributes);
      return warnOfPods(store, attributes);
    }
    if (isPod(attributes)) return checkPod(attributes, labelsOf(store, attributes));
    if (subresource !== undefined || !WORKLOADS.includes(name)) return;
    warnOf(attributes, labelsOf(store, attributes), subjectIn(attributes.object as Templated));
  },
});

const labelsOf = (store: Store<KubeObject>, { namespace }: AdmissionAttributes): Labels =>
  store.latest(`/registry/namespaces/${namespace}`)?.value.metadata.labels ?? {};

function checkLabels({ definition, name, object, oldObject }: AdmissionAttributes): void {
  const before = labelErrors(oldObject?.metadata.labels ?? {});
  const errors = labelErrors(object?.metadata.labels ?? {});
  // What was wrong before is no reason to refuse other changes.
  const isAsBefore = before.length > 0 && isEqual(errors, before);
  if (errors.length > 0 && !isAsBefore) throw invalidObject(definition, name, errors);
}

/** Pods stay when their namespace becomes stricter, but who makes it so is told. */
function warnOfPods(
  store: Store<KubeObject>,
  { object, oldObject, warnings }: AdmissionAttributes,
): void {
  if (!object || !oldObject) return;
  const next = policyOf(object.metadata.labels ?? {}, 'enforce');
  if (!isStricter(next, policyOf(oldObject.metadata.labels ?? {}, 'enforce'))) return;
  const { name } = object.metadata;
  const pods = store.snapshot().list(`/registry/pods/${name}/`);
  const found = pods.map(({ value }) => value as Pod);
  warnings.push(...existingPodWarnings(name, next, found));
}

function checkPod(attributes: AdmissionAttributes, labels: Labels): void {
  const { subresource, object, oldObject, definition, name } = attributes;
  if (subresource !== undefined && subresource !== 'ephemeralcontainers') return;
  const subject = subjectOf(object as Pod);
  if (oldObject !== undefined && isAsBefore(subject, subjectOf(oldObject as Pod))) return;
  const found = violations(policyOf(labels, 'enforce'), subject);
  if (found !== undefined) throw forbidden(definition, name, `violates ${found}`);
  warnOf(attributes, labels, subject);
}

function warnOf(
  { warnings }: AdmissionAttributes,
  labels: Labels,
  subject: Subject | undefined,
): void {
  const found = subject && violations(policyOf(labels, 'warn'), subject);
  if (found !== undefined) warnings.push(`would violate ${found}`);
}

const subjectOf = ({ metadata, spec }: Pod | PodTemplateSpec): Subject => ({
  spec: spec!,
  annotations: metadata?.annotations,
});

function subjectIn({ template, spec }: Templated): Subject | undefined {
  const found = template ?? spec?.template ?? spec?.jobTemplate?.spec.template;
  return found?.spec && subjectOf(found);
}

/** Whether an update leaves alone what runs: then it isn't the time to refuse the pod. */
function isAsBefore(next: Subject, previous: Subject): boolean {
  const parts = (subject: Subject) =>
    containersOf(subject).map(
      ({ name, image }) =>
        `${name} ${image} ${subject.annotations?.[SECCOMP_CONTAINER + name] ?? ''}`,
    );
  return parts(next).join('\n') === parts(previous).join('\n');
}
