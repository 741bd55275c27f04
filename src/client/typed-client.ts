import type { ApiRequest, RequestOptions, Verb } from '../machinery/api-request.ts';
import { deepFreeze, type KubeList, type KubeObject } from '../machinery/object.ts';
import { apiVersionOf, type Resource } from '../machinery/resource.ts';
import type { Client, ObjectName, Transport } from './client.ts';

interface Call {
  readonly namespace?: string | undefined;
  readonly name?: string;
  readonly subresource?: string | undefined;
  readonly patchType?: ApiRequest['patchType'];
  readonly body?: unknown;
  readonly options?: RequestOptions;
}

/** The typed client over a transport. `fieldManager` names this client in managedFields. */
export function createClient(
  transport: Transport,
  { fieldManager }: { readonly fieldManager: string },
): Client {
  const requestFor = (resource: Resource, verb: Verb, call: Call): ApiRequest => {
    const { group, version, plural } = resource;
    return { verb, group, version, plural, ...call, options: call.options ?? {} } as ApiRequest;
  };
  const send = async <R>(resource: Resource, verb: Verb, call: Call, signal?: AbortSignal) =>
    (await transport.send(requestFor(resource, verb, call), signal)).object as R;
  const written = ({ dryRun, ...rest }: { dryRun?: boolean; fieldValidation?: string }) => ({
    ...rest,
    fieldManager,
    ...(dryRun && { dryRun: ['All'] }),
  });

  return {
    get: (resource, { namespace, name }, { signal, subresource } = {}) =>
      send(resource, 'get', { namespace, name, subresource }, signal),

    list: async <T extends KubeObject>(resource: Resource<T>, all = {}) => {
      const { signal, namespace, ...options } = all as NonNullable<Parameters<Client['list']>[1]>;
      const list = await send<KubeList<T>>(resource, 'list', { namespace, options }, signal);
      return withKinds(resource, list);
    },

    watch: (resource, { signal: _, namespace, ...options }, sink) =>
      transport.watch(requestFor(resource, 'watch', { namespace, options }), sink as never),

    create: (resource, object, { signal, subresource, ...options } = {}) => {
      const { namespace } = object.metadata;
      return send(
        resource,
        'create',
        { namespace, subresource, body: object, options: written(options) },
        signal,
      );
    },

    update: (resource, object, { signal, subresource, ...options } = {}) => {
      const { namespace, name } = object.metadata;
      const call = { namespace, name, subresource, body: object, options: written(options) };
      return send(resource, 'update', call, signal);
    },

    patch: (resource, { namespace, name }, patch, { signal, subresource, ...options } = {}) =>
      send(
        resource,
        'patch',
        {
          namespace,
          name,
          subresource,
          patchType: patch.type,
          body: patch.body,
          options: written(options),
        },
        signal,
      ),

    apply: (resource, object, { signal, subresource, name: target, force, ...rest }) => {
      const { fieldManager: manager, ...options } = rest;
      return send(
        resource,
        'patch',
        {
          ...target,
          subresource,
          patchType: 'apply',
          body: object,
          options: { ...written(options), fieldManager: manager, ...(force && { force }) },
        },
        signal,
      );
    },

    delete: (resource, { namespace, name }, { signal, dryRun, ...options } = {}) =>
      send(resource, 'delete', { namespace, name, body: deleteOptions(options, dryRun) }, signal),

    deleteCollection: async (resource, { namespace, ...selection }, more = {}) => {
      const { signal, dryRun, ...options } = more;
      const body = deleteOptions(options, dryRun);
      await send(resource, 'deletecollection', { namespace, options: selection, body }, signal);
    },

    createSubresource: (resource, { namespace, name }: ObjectName, subresource, body, more = {}) =>
      send(
        resource,
        'create',
        { namespace, name, subresource, body, options: { fieldManager } },
        more.signal,
      ),
  };
}

/**
 * Servers leave out of a typed list's items what the list says for all of them. Whoever holds an
 * item on its own needs it. In this process the items are the stored objects, which are complete.
 */
function withKinds<T extends KubeObject>(resource: Resource<T>, list: KubeList<T>): KubeList<T> {
  const [first] = list.items;
  if (!first || first.kind !== undefined) return list;
  const type = { kind: resource.kind, apiVersion: apiVersionOf(resource) };
  return deepFreeze({ ...list, items: list.items.map((item) => ({ ...type, ...item })) });
}

function deleteOptions(options: object, dryRun: boolean | undefined): object {
  return {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    ...options,
    ...(dryRun && { dryRun: ['All'] }),
  };
}
