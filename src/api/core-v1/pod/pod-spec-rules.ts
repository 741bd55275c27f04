import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
  tooLong,
} from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { invalidFor, validateLabels } from '../../../machinery/validation/labels.ts';
import { checkDns1123Subdomain } from '../../../machinery/validation/names.ts';
import { checkInRange } from '../../../machinery/validation/values.ts';
import {
  validateChoice,
  validateDnsLabel,
  validateDnsSubdomain,
  validateEach,
  validateOptionalText,
  validateQualifiedName,
} from '../../checks.ts';
import type { PodResourceClaim, PodSpec } from '../../generated/core/v1/types.ts';
import { validateAffinity } from './affinity-rules.ts';
import {
  type PodFacts,
  validateContainers,
  validateEphemeralContainers,
  validateInitContainers,
} from './container-rules.ts';
import { validateDnsConfig, validateHostAliases } from './dns-rules.ts';
import { validateContainerResources, validatePodResources } from './resource-rules.ts';
import { validateGates, validateSpread, validateTolerations } from './scheduling-rules.ts';
import { validateHostUsers, validatePodSecurity } from './security-rules.ts';
import { type VolumeOwner, validateVolumes } from './volume-rules.ts';
import { validateForOs, validateHostProcesses } from './windows-rules.ts';

const MAX_INT32 = 2 ** 31 - 1;
const NO_CLAIMS: ReadonlySet<string> = new Set();

/** Everything wrong with the spec of a pod, or of a template that pods are made from. */
export function validatePodSpec(spec: PodSpec, owner: VolumeOwner, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.terminationGracePeriodSeconds === undefined) {
    errors.push(required(path.at('terminationGracePeriodSeconds')));
  }
  const volumes = validateVolumes(spec.volumes ?? [], owner, path.at('volumes'));
  const claimNames = claimNamesOf(spec.resourceClaims);
  const pod: PodFacts = {
    volumes: volumes.byName,
    claimNames,
    restartPolicy: spec.restartPolicy,
    graceSeconds: spec.terminationGracePeriodSeconds,
    hostUsers: spec.hostUsers !== false,
  };
  errors.push(
    ...volumes.errors,
    ...validateResourceClaims(spec.resourceClaims, path.at('resourceClaims')),
    ...validateAllContainers(spec, pod, path),
  );
  if (spec.resources) {
    errors.push(...validatePodResources(spec, spec.resources, claimNames, path.at('resources')));
  }
  errors.push(...validateBehaviour(spec, owner, path));
  errors.push(...validateOptionalParts(spec, path));
  return errors;
}

function claimNamesOf(claims: readonly PodResourceClaim[] | undefined): ReadonlySet<string> {
  return claims ? new Set(claims.map(({ name }) => name).filter(Boolean)) : NO_CLAIMS;
}

function validateAllContainers(spec: PodSpec, pod: PodFacts, path: FieldPath): FieldError[] {
  const { containers, initContainers = [], ephemeralContainers = [] } = spec;
  const regular = containers ?? []; // Null until validation has demanded one.
  const errors = validateContainers(regular, pod, path.at('containers'));
  if (initContainers.length > 0) {
    const at = path.at('initContainers');
    errors.push(...validateInitContainers(initContainers, regular, pod, at));
  }
  if (ephemeralContainers.length > 0) {
    const others = [...regular, ...initContainers];
    const at = path.at('ephemeralContainers');
    errors.push(...validateEphemeralContainers(ephemeralContainers, others, pod, at));
  }
  return errors;
}

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];

/** How the pod runs on its node. */
function validateBehaviour(spec: PodSpec, owner: VolumeOwner, path: FieldPath): FieldError[] {
  return [
    ...(spec.hostNetwork ? validateHostNetwork(spec, owner, path.at('containers')) : []),
    ...validateChoice(spec.restartPolicy, RESTART_POLICIES, path.at('restartPolicy')),
    ...validateChoice(spec.dnsPolicy, DNS_POLICIES, path.at('dnsPolicy')),
    ...validateLabels(spec.nodeSelector, path.at('nodeSelector')),
    ...validatePodSecurity(spec, path.at('securityContext')),
    ...(spec.affinity ? validateAffinity(spec.affinity, path.at('affinity')) : []),
    ...validateDnsConfig(spec.dnsConfig, spec.dnsPolicy, path.at('dnsConfig')),
    ...validateEach(spec.readinessGates, path.at('readinessGates'), ({ conditionType }, at) =>
      validateQualifiedName(conditionType ?? '', at.at('conditionType')),
    ),
    ...validateGates(spec.schedulingGates, path.at('schedulingGates')),
    ...validateSpread(spec.topologySpreadConstraints, path.at('topologySpreadConstraints')),
    ...validateHostProcesses(spec, path),
    ...validateHostUsers(spec, path),
  ];
}

// A template may leave the host's port open: it is filled in when the pod is made.
function validateHostNetwork(spec: PodSpec, { isPod }: VolumeOwner, path: FieldPath): FieldError[] {
  const detail = 'must match `containerPort` when `hostNetwork` is true';
  return validateEach(spec.containers, path, ({ ports }, at) =>
    validateEach(ports, at.at('ports'), ({ hostPort = 0, containerPort }, portPath) =>
      hostPort === containerPort || (hostPort === 0 && !isPod)
        ? []
        : [invalid(portPath.at('hostPort'), hostPort, detail)],
    ),
  );
}

/** What most pods leave out. */
function validateOptionalParts(spec: PodSpec, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  const subdomain = (field: 'serviceAccountName' | 'nodeName' | 'priorityClassName') =>
    errors.push(...validateOptionalText(spec[field], checkDns1123Subdomain, path.at(field)));
  if (spec.serviceAccountName) subdomain('serviceAccountName');
  if (spec.nodeName) subdomain('nodeName');
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined) {
    const at = path.at('activeDeadlineSeconds');
    errors.push(...invalidFor(checkInRange(deadline, 1, MAX_INT32), deadline, at));
  }
  if (spec.hostname) errors.push(...validateDnsLabel(spec.hostname, path.at('hostname')));
  if (spec.hostnameOverride !== undefined) errors.push(...validateHostnameOverride(spec, path));
  if (spec.subdomain) errors.push(...validateDnsLabel(spec.subdomain, path.at('subdomain')));
  if (spec.tolerations) {
    errors.push(...validateTolerations(spec.tolerations, path.at('tolerations')));
  }
  if (spec.hostAliases) {
    errors.push(...validateHostAliases(spec.hostAliases, path.at('hostAliases')));
  }
  if (spec.priorityClassName) subdomain('priorityClassName');
  return [...errors, ...validateRarities(spec, path)];
}

const PREEMPTION_POLICIES = ['PreemptLowerPriority', 'Never'];

function validateRarities(spec: PodSpec, path: FieldPath): FieldError[] {
  const { runtimeClassName, preemptionPolicy, overhead, os } = spec;
  const errors: FieldError[] = [];
  if (runtimeClassName !== undefined) {
    errors.push(...validateDnsSubdomain(runtimeClassName, path.at('runtimeClassName')));
  }
  if (preemptionPolicy !== undefined) {
    const at = path.at('preemptionPolicy');
    errors.push(...validateChoice(preemptionPolicy, PREEMPTION_POLICIES, at));
  }
  if (overhead) {
    const limits = { limits: overhead };
    errors.push(...validateContainerResources(limits, NO_CLAIMS, path.at('overhead')));
  }
  if (!os) return errors;
  const at = path.at('os');
  if (!os.name) errors.push(required(at.at('name'), 'cannot be empty'));
  else if (os.name !== 'linux' && os.name !== 'windows') {
    errors.push(notSupported(at, os.name, ['linux', 'windows']));
  } else errors.push(...validateForOs(spec, path));
  return errors;
}

const HOSTNAME_MAX_BYTES = 64;

/** The name that the pod's processes see as their host's (KEP-4762). */
function validateHostnameOverride(spec: PodSpec, path: FieldPath): FieldError[] {
  const hostname = spec.hostnameOverride ?? '';
  const at = path.at('hostnameOverride');
  const errors = validateDnsSubdomain(hostname, at);
  if (hostname.length > HOSTNAME_MAX_BYTES) errors.push(tooLong(at, HOSTNAME_MAX_BYTES));
  if (spec.setHostnameAsFQDN) {
    errors.push(forbiddenField(at, 'may not be specified when setHostnameAsFQDN is true'));
  }
  if (spec.hostNetwork) {
    errors.push(forbiddenField(at, 'may not be specified when hostNetwork is true'));
  }
  return errors;
}

function validateResourceClaims(
  claims: readonly PodResourceClaim[] | undefined,
  path: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  return validateEach(claims, path, (claim, at) => {
    const { name, resourceClaimName: direct, resourceClaimTemplateName: template } = claim;
    const errors: FieldError[] = [];
    if (!name) errors.push(required(at.at('name')));
    else if (seen.has(name)) errors.push(duplicate(at.at('name'), name));
    else errors.push(...validateDnsLabel(name, at.at('name')));
    seen.add(name);
    const names = '`resourceClaimName`';
    if (direct !== undefined && template !== undefined) {
      const detail = `at most one of ${names} or \`resourceClaimTemplateName\` may be specified`;
      errors.push(invalid(at, claimStruct(claim), detail));
    }
    if (direct === undefined && template === undefined) {
      const detail = `must specify one of: ${names}, \`resourceClaimTemplateName\``;
      errors.push(invalid(at, claimStruct(claim), detail));
    }
    if (direct !== undefined)
      errors.push(...validateDnsSubdomain(direct, at.at('resourceClaimName')));
    if (template !== undefined) {
      errors.push(...validateDnsSubdomain(template, at.at('resourceClaimTemplateName')));
    }
    return errors;
  });
}

const claimStruct = (claim: PodResourceClaim): object => ({
  Name: claim.name ?? '',
  ResourceClaimName: claim.resourceClaimName ?? null,
  ResourceClaimTemplateName: claim.resourceClaimTemplateName ?? null,
});
