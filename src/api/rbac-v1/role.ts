import type { ResourceDefinition } from '../definition.ts';
import { roles as resource } from '../generated/rbac/v1/resources.ts';
import type { Role } from '../generated/rbac/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { validateRules } from './rule-rules.ts';

/** What is allowed within a namespace to those who are bound to it. */
export const roles: ResourceDefinition<Role> = {
  ...resource,
  shape: shapeOf(resource),
  checksMetadataAgain: true,
  createOnUpdate: true,
  nameRule: 'path-segment',
  validate: ({ rules }, { path }) => validateRules(rules, { isNamespaced: true }, path.at('rules')),
};
