import type { Draft, KubeObject } from '../../machinery/object.ts';
import type { Write } from '../../store/store.ts';
import type { Call } from '../call.ts';
import type { RegistryParts } from './parts.ts';

/** What a hook may use, and where it adds what shall be written together with the object. */
export interface HookContext {
  readonly parts: RegistryParts;
  readonly call: Call;
  /** Written in the same commit, or not at all. */
  readonly writes: Write<KubeObject>[];
  /** Written together with it too, but just before, at a revision of its own. */
  readonly ahead: Write<KubeObject>[];
}

/**
 * For kinds whose writes must go together with others, such as a Service with its addresses. Runs
 * after the object was prepared and before it is validated, in the same turn as the commit unless
 * admission has to ask outside; when something else took what a hook chose, all runs once more.
 */
export interface WriteHooks {
  create?(context: HookContext, draft: Draft<KubeObject>): void;
  update?(context: HookContext, draft: Draft<KubeObject>, existing: KubeObject): void;
  delete?(context: HookContext, existing: KubeObject): void;
}
