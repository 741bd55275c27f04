import { type FieldError, forbiddenField, invalid } from '../../../machinery/field-error.ts';
import type { FieldPath } from '../../../machinery/field-path.ts';
import { ageColumn, labelsText, NONE, nameColumn } from '../../columns.ts';
import { column, type ResourceDefinition } from '../../definition.ts';
import { services as resource } from '../../generated/core/v1/resources.ts';
import type { Service, ServicePort } from '../../generated/core/v1/types.ts';
import { shapeOf } from '../../shapes.ts';
import { validateClusterIpsUpdate, validateFamiliesUpdate } from './address-rules.ts';
import {
  defaultService,
  dropBalancerStatus,
  dropUnfitting,
  keepAllotted,
  shownService,
  unifyClusterIps,
} from './prepare.ts';
import { validateService } from './service-rules.ts';
import { validateBalancerStatus } from './status-rules.ts';
import { needsHealthCheckPort } from './traits.ts';
import { balancerWarnings, serviceWarnings } from './warnings.ts';

function validateUpdate(next: Service, previous: Service, root: FieldPath): FieldError[] {
  const [now, then] = [next.spec, previous.spec];
  const path = root.at('spec');
  const errors = [
    ...validateClusterIpsUpdate(now, then, path),
    ...validateFamiliesUpdate(now, then, path),
  ];
  const isBalanced = now.type === 'LoadBalancer' && then.type === 'LoadBalancer';
  if (isBalanced && now.loadBalancerClass !== then.loadBalancerClass) {
    const at = path.at('loadBalancerClass');
    errors.push(invalid(at, now.loadBalancerClass ?? null, 'may not change once set'));
  }
  if (needsHealthCheckPort(now) && needsHealthCheckPort(then)) {
    if (now.healthCheckNodePort !== then.healthCheckNodePort) {
      errors.push(forbiddenField(path.at('healthCheckNodePort'), 'field is immutable'));
    }
  }
  return errors;
}

/** Where traffic from outside comes in, as far as anyone has said. */
function externalCell({ spec, status }: Service): string {
  const own = spec.externalIPs ?? [];
  switch (spec.type) {
    case 'ClusterIP':
    case 'NodePort':
      return own.join(',') || NONE;
    case 'LoadBalancer': {
      const ingress = status.loadBalancer?.ingress ?? [];
      const given = new Set(ingress.map(({ ip, hostname }) => ip || (hostname ?? '')));
      given.delete('');
      return [...[...given].sort(), ...own].join(',') || '<pending>';
    }
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

const portText = ({ port, nodePort, protocol }: ServicePort): string =>
  nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`;

/** A stable name and address for pods that come and go. */
export const services: ResourceDefinition<Service> = {
  ...resource,
  shape: shapeOf(resource),
  checksMetadataAgain: true,
  shortNames: ['svc'],
  categories: ['all'],
  nameRule: 'dns-label',
  createOnUpdate: true,
  deleteAnswersObject: true,

  defaults: defaultService,
  prepareCreate: ({ spec }) => unifyClusterIps(spec, undefined),
  prepareUpdate(draft, previous) {
    const { spec } = draft;
    unifyClusterIps(spec, previous.spec);
    keepAllotted(spec, previous.spec);
    dropUnfitting(spec, previous.spec);
    dropBalancerStatus(draft);
  },
  validate: (service, { path }) => validateService(service, path),
  validateUpdate: (next, previous, { path }) => validateUpdate(next, previous, path),
  updateRulesFirst: true,
  warnings: (service) => serviceWarnings(service),

  status: {
    validateUpdate: (service, _previous, { path }) => validateBalancerStatus(service, path),
    warnings: ({ status }) => balancerWarnings(status),
  },
  connects: {
    proxy: { kind: 'ServiceProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
  },

  columns: [
    nameColumn,
    column('Type', 'string', ({ spec }) => spec.type ?? ''),
    column('Cluster-IP', 'string', ({ spec }) => spec.clusterIPs?.[0] ?? NONE),
    column('External-IP', 'string', externalCell),
    column('Port(s)', 'string', ({ spec }) => (spec.ports ?? []).map(portText).join(',') || NONE),
    ageColumn,
    column('Selector', 'string', ({ spec }) => labelsText(spec.selector), { priority: 1 }),
  ],
  shown: shownService,
  selectableFields: {
    'spec.clusterIP': ({ spec }) => spec.clusterIP ?? '',
    'spec.type': ({ spec }) => spec.type ?? '',
  },
};
