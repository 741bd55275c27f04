import type { PolicyRule } from '../../../api/generated/rbac/v1/types.ts';
import { CompiledRules } from './compiled-rules.ts';

/**
 * The place of a role, which may be empty: bindings point to it, whether the role is there yet, any
 * more, or has changed. Rules are compiled when they are first asked.
 */
export class RoleSlot {
  readonly kind: 'Role' | 'ClusterRole';
  readonly name: string;
  #rules: readonly PolicyRule[] | undefined;
  #compiled: CompiledRules | undefined;

  constructor(kind: 'Role' | 'ClusterRole', name: string) {
    this.kind = kind;
    this.name = name;
  }

  /** What the role says; undefined where there is none. */
  get rules(): readonly PolicyRule[] | undefined {
    return this.#rules;
  }

  set rules(rules: readonly PolicyRule[] | undefined) {
    this.#rules = rules;
    this.#compiled = undefined;
  }

  get compiled(): CompiledRules | undefined {
    if (this.#rules === undefined) return undefined;
    this.#compiled ??= new CompiledRules(this.#rules);
    return this.#compiled;
  }
}
