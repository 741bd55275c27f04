import type { ApiAnswer } from '../../machinery/api-request.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { notFound } from '../../machinery/status.ts';
import type { Call } from '../call.ts';
import { checkListOptions } from '../registry/options.ts';
import { selectionOf, selectorsOf } from '../registry/selection.ts';

/** The name by which clients know the place where objects rest. */
const STORE = 'etcd-0';

/** The state of one of the parts that this server relies on. */
export function getComponentStatus(call: Call): ApiAnswer {
  const { name = '' } = call.request;
  if (name !== STORE) throw notFound(call.resource, name);
  return { object: healthy(call, name), warnings: call.warnings };
}

/** The state of all of them. */
export function listComponentStatuses(call: Call): ApiAnswer {
  const { resource, request } = call;
  const { apiVersion, listKind: kind } = resource;
  const selectors = selectorsOf(request.options);
  checkListOptions(request.options);
  const { matches = () => true } = selectionOf(resource, selectors);
  const items = [healthy(call, STORE)].filter(matches);
  return { object: { kind, apiVersion, metadata: {}, items }, warnings: call.warnings };
}

function healthy({ resource: { apiVersion, kind } }: Call, name: string): KubeObject {
  const conditions = [{ type: 'Healthy', status: 'True', message: 'ok' }];
  const status = { kind, apiVersion, metadata: { name }, conditions };
  return status as unknown as KubeObject;
}
