import { nameColumn } from '../columns.ts';
import { column, type ResourceDefinition } from '../definition.ts';
import { componentStatuses as resource } from '../generated/core/v1/resources.ts';
import type { ComponentCondition, ComponentStatus } from '../generated/core/v1/types.ts';
import { shapeOf } from '../shapes.ts';

const healthOf = ({ conditions }: ComponentStatus): ComponentCondition | undefined =>
  conditions?.find(({ type }) => type === 'Healthy');

function statusCell(component: ComponentStatus): string {
  const health = healthOf(component);
  if (health === undefined) return 'Unknown';
  return health.status === 'True' ? 'Healthy' : 'Unhealthy';
}

/** How a part that the API server relies on is. Nobody stores it: the server looks when asked. */
export const componentStatuses: ResourceDefinition<ComponentStatus> = {
  ...resource,
  shape: shapeOf(resource),
  shortNames: ['cs'],
  verbs: ['get', 'list'],
  virtual: true,
  deprecation: 'v1 ComponentStatus is deprecated in v1.19+',
  columns: [
    nameColumn,
    column('Status', 'string', statusCell),
    column('Message', 'string', (component) => healthOf(component)?.message ?? ''),
    column('Error', 'string', (component) => healthOf(component)?.error ?? ''),
  ],
};
