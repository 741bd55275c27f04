import { shapeOf } from '../../api/shapes.ts';
import type { Draft, KubeObject } from '../../machinery/object.ts';
import type { Call } from '../call.ts';
import { admitSpoken } from '../registry/attributes.ts';
import type { RegistryParts } from '../registry/parts.ts';
import type { ConnectRequest } from './location.ts';

const TRUE = ['', '1', 'true'];

/**
 * Asks admission whether a connection may be made: it is told of the query as an object, such as
 * PodExecOptions. Undefined when nobody has to be waited for.
 */
export function admitConnect(
  parts: RegistryParts,
  call: Call,
  { query, rest }: ConnectRequest,
): Promise<void> | undefined {
  const { resource, request } = call;
  const { group, version, definition } = resource;
  const spoken = definition.connects?.[request.subresource ?? ''];
  // A log is read: nothing is connected to.
  if (!spoken?.kind.endsWith('Options')) return undefined;
  const kind = { group, version, ...spoken };
  const options = { ...optionsOf(kind, new URLSearchParams(query)), ...(rest && { path: rest }) };
  const object = { kind: kind.kind, apiVersion: 'v1', ...options, metadata: {} };
  return admitSpoken(parts, call, 'CONNECT', kind, object as unknown as Draft<KubeObject>);
}

/** The parameters of a query by the fields of a kind. */
function optionsOf(kind: Parameters<typeof shapeOf>[0], query: URLSearchParams): object {
  const options: Record<string, unknown> = {};
  for (const { name, type, container } of shapeOf(kind).fields) {
    const values = query.getAll(name);
    const [first] = values;
    if (first === undefined) continue;
    if (container === 'list') options[name] = type === 'int32' ? values.map(Number) : values;
    else if (type !== 'bool') options[name] = first;
    else if (TRUE.includes(first.toLowerCase())) options[name] = true;
  }
  return options;
}
