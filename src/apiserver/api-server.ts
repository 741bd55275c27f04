import type { ResourceDefinition } from '../api/definition.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { Store } from '../store/store.ts';
import { AdmissionChain, type AdmissionPlugin } from './admission/admission.ts';
import { namespaceLifecycle } from './admission/namespace-lifecycle.ts';
import { type Authorizer, allowAll } from './auth/authorizer.ts';
import { Heart, type HeartParts } from './heart.ts';
import { ResourceTable } from './registry/resource-table.ts';
import { ServedResource } from './registry/served-resource.ts';
import { subresourcesOf } from './subresources/subresources.ts';
import { WatchCache } from './watch/watch-cache.ts';

/** What an API server is made of. */
export interface ApiServerParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly store: Store<KubeObject>;
  /** The kinds to serve; more may come and go while it runs. */
  readonly definitions: Iterable<ResourceDefinition>;
  /** Who may do what; everyone everything unless said. */
  readonly authorizer?: Authorizer;
}

/** An API server without a transport: in-process callers and HTTP share it. */
export interface ApiServer {
  readonly heart: Heart;
  readonly table: ResourceTable;
  readonly parts: HeartParts;
  /** Ends all watches. The store stays open. */
  close(): void;
}

/** Makes an API server that works on the store. */
export function createApiServer(given: ApiServerParts): ApiServer {
  const { definitions, authorizer = allowAll, ...outside } = given;
  const table = new ResourceTable();
  table.add([...definitions].map(serve));
  const watchCache = new WatchCache(given.store);
  const admission = new AdmissionChain(builtinPlugins(given));
  const parts: HeartParts = { ...outside, table, watchCache, admission, authorizer };
  return { heart: new Heart(parts), table, parts, close: () => watchCache.close() };
}

function serve(definition: ResourceDefinition): ServedResource {
  return new ServedResource(definition, subresourcesOf(definition, new Map()));
}

const builtinPlugins = ({ store }: ApiServerParts): AdmissionPlugin[] => [
  namespaceLifecycle(store),
];
