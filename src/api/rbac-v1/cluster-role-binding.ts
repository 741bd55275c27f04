import type { ResourceDefinition } from '../definition.ts';
import { clusterRoleBindings as resource } from '../generated/rbac/v1/resources.ts';
import type { ClusterRoleBinding } from '../generated/rbac/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import {
  bindingColumns,
  defaultBinding,
  validateBinding,
  validateBindingUpdate,
} from './bindings.ts';

const RULES = { isNamespaced: false, roles: ['ClusterRole'] };

/** Who has a role everywhere. */
export const clusterRoleBindings: ResourceDefinition<ClusterRoleBinding> = {
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
