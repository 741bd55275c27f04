import type { ApiRequest, RequestOptions, Verb } from '../../machinery/api-request.ts';

const METHODS: Readonly<Record<Verb, string>> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
};

export const methodOf = ({ verb }: ApiRequest): string => METHODS[verb];

/** The path and query of a request: `/apis/apps/v1/namespaces/a/deployments/web/scale?…`. */
export function pathOf(request: ApiRequest): string {
  const { group, version, plural, namespace, name, subresource, options, verb } = request;
  const segments = [
    ...(group ? ['apis', group] : ['api']),
    version,
    ...(namespace ? ['namespaces', namespace] : []),
    plural,
    ...(name ? [name] : []),
    ...(subresource ? subresource.split('/') : []),
  ];
  const query = queryOf(options);
  if (verb === 'watch') query.set('watch', 'true');
  const path = segments.map((segment) => `/${encodeURIComponent(segment)}`).join('');
  return query.size > 0 ? `${path}?${query}` : path;
}

function queryOf(options: RequestOptions): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    for (const each of Array.isArray(value) ? value : [value]) query.append(name, String(each));
  }
  return query;
}
