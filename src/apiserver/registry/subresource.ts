import type { ResourceVerb } from '../../api/definition.ts';
import type { ApiAnswer } from '../../machinery/api-request.ts';
import type { Call } from '../call.ts';
import type { ConnectRequest, Location } from '../connect/location.ts';
import type { RegistryParts } from './parts.ts';

/** What answers requests to `…/NAME/<subresource>`. */
export interface Subresource {
  readonly name: string;
  readonly verbs: readonly ResourceVerb[];
  /** The kind it speaks, where that isn't the kind of the resource. */
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
  handle(parts: RegistryParts, call: Call): ApiAnswer | Promise<ApiAnswer>;
  /** For what is answered elsewhere (`exec`, `log`): where. `handle` isn't called then. */
  locate?(parts: RegistryParts, call: Call, connect: ConnectRequest): Location | undefined;
}
