import type { ResourceVerb } from '../../api/definition.ts';
import type { ApiAnswer } from '../../machinery/api-request.ts';
import type { Call } from '../call.ts';
import type { RegistryParts } from './parts.ts';

/** What answers requests to `…/NAME/<subresource>`. */
export interface Subresource {
  readonly name: string;
  readonly verbs: readonly ResourceVerb[];
  /** The kind it speaks, where that isn't the kind of the resource. */
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
  /** Answers over a stream of the transport (exec, log, …): `handle` isn't called. */
  readonly streams?: boolean;
  handle(parts: RegistryParts, call: Call): ApiAnswer | Promise<ApiAnswer>;
}
