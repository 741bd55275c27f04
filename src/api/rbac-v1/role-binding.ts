import type { ResourceDefinition } from '../definition.ts';
import { roleBindings as resource } from '../generated/rbac/v1/resources.ts';
import type { RoleBinding } from '../generated/rbac/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import {
  bindingColumns,
  defaultBinding,
  validateBinding,
  validateBindingUpdate,
} from './bindings.ts';

const RULES = { isNamespaced: true, roles: ['Role', 'ClusterRole'] };

/** Who has a role in a namespace. */
export const roleBindings: ResourceDefinition<RoleBinding> = {
  ...resource,
  shape: shapeOf(resource),
  checksMetadataAgain: true,
  createOnUpdate: true,
  nameRule: 'path-segment',
  defaults: defaultBinding,
  validate: (binding, { path }) => validateBinding(binding, RULES, path),
  validateUpdate: (next, previous, { path }) => validateBindingUpdate(next, previous, path),
  columns: bindingColumns,
};
