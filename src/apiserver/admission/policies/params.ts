import type { ParamKind, ParamRef } from '../../../api/generated/admissionregistration/v1/types.ts';
import type { KubeObject } from '../../../machinery/object.ts';
import { parseApiVersion } from '../../../machinery/resource.ts';
import { LabelSelector } from '../../../machinery/selector/label-selector.ts';
import type { ServedResource } from '../../registry/served-resource.ts';
import type { MatchParts } from '../matching.ts';

/** A policy or binding can't be followed as it is; its failure policy says what becomes of that. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** The resource that a policy's parameters are of. Throws ConfigurationError. */
export function paramResource(
  { table }: MatchParts,
  paramKind: ParamKind | undefined,
): ServedResource | undefined {
  if (paramKind === undefined || paramKind === null) return undefined;
  const found = servedKind(table, paramKind);
  if (found !== undefined && !found.definition.virtual) return found;
  const { group, version } = parseApiVersion(paramKind.apiVersion ?? '');
  const what = `${group}/${version}, Kind=${paramKind.kind}`;
  throw new ConfigurationError(`failed to find resource referenced by paramKind: '${what}'`);
}

/** The resource of a kind, if it is served. */
export function servedKind(
  table: MatchParts['table'],
  { apiVersion = '', kind }: ParamKind,
): ServedResource | undefined {
  const { group, version } = parseApiVersion(apiVersion);
  return table
    .list()
    .find((each) => each.kind === kind && each.group === group && each.version === version);
}

/**
 * The parameters with which a policy is to be evaluated, once each: `null` for none. Throws
 * ConfigurationError.
 */
export async function collectParams(
  { store }: MatchParts,
  resource: ServedResource | undefined,
  paramRef: ParamRef | undefined,
  namespace: string,
): Promise<readonly (KubeObject | null)[]> {
  if (resource === undefined || paramRef === undefined || paramRef === null) return [null];
  const where = paramNamespace(resource, paramRef, namespace);
  const { name, selector, parameterNotFoundAction } = paramRef;
  if (!name && !selector) throw new ConfigurationError('one of name or selector must be provided');
  const stored = name
    ? [store.latest(resource.key(where, name))?.value]
    : store
        .snapshot()
        .list(resource.key(where, ''))
        .map(({ value }) => value);
  const found = stored.filter((each) => each !== undefined);
  await resource.ready(found);
  const wanted = LabelSelector.from(selector ?? {});
  const params = found
    .map((each) => resource.fromStored(each))
    .filter(({ metadata }) => wanted.matches(metadata.labels));
  if (params.length === 0 && parameterNotFoundAction === 'Deny') {
    throw new ConfigurationError(
      'no params found for policy binding with `Deny` parameterNotFoundAction',
    );
  }
  return params;
}

function paramNamespace(
  { namespaced }: ServedResource,
  { namespace: given }: ParamRef,
  ofRequest: string,
): string | undefined {
  if (!namespaced && given) {
    throw new ConfigurationError(
      'paramRef.namespace must not be provided for a cluster-scoped `paramKind`',
    );
  }
  if (!namespaced || given) return given;
  if (ofRequest) return ofRequest;
  throw new ConfigurationError(
    'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
  );
}
