import { shapes } from '../../api/shapes.ts';
import { PATCH_MEDIA_TYPES } from '../../machinery/api-request.ts';
import type { MessageShape } from '../../machinery/shape.ts';
import { JSON_TYPE, PROTOBUF_TYPE, YAML_TYPE } from '../http/negotiation.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { Subresource } from '../registry/subresource.ts';
import { CustomSchemas } from './custom-schemas.ts';
import { type Generation, PATCH_NAME, type Schema, type SchemaCollector } from './schemas.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const MEDIA_TYPES = [JSON_TYPE, YAML_TYPE, PROTOBUF_TYPE];
const PATCH_TYPES = Object.values(PATCH_MEDIA_TYPES);

interface Parameter {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean';
}

const text = (name: string): Parameter => ({ name, type: 'string' });
const flag = (name: string): Parameter => ({ name, type: 'boolean' });
const number = (name: string): Parameter => ({ name, type: 'integer' });

const PRETTY = [text('pretty')];
const WRITE = [text('dryRun'), text('fieldManager'), text('fieldValidation')];
const PATCH = [...WRITE, flag('force')];
const DELETE = [
  text('dryRun'),
  number('gracePeriodSeconds'),
  flag('orphanDependents'),
  text('propagationPolicy'),
];
const LIST = [
  flag('allowWatchBookmarks'),
  text('continue'),
  text('fieldSelector'),
  text('labelSelector'),
  number('limit'),
  text('resourceVersion'),
  text('resourceVersionMatch'),
  flag('sendInitialEvents'),
  number('timeoutSeconds'),
  flag('watch'),
];

/** One operation, before it takes the form of a generation. */
interface Operation {
  readonly action: string;
  readonly id: string;
  readonly parameters: readonly Parameter[];
  readonly body?: { readonly schema: Schema; readonly types: readonly string[] };
  readonly answers: Schema;
  readonly kind: object;
  readonly codes: readonly number[];
}

/** The paths of a resource with the operations on them. */
export function pathsOf(
  resource: ServedResource,
  collector: SchemaCollector,
  generation: Generation,
): Record<string, object> {
  return new ResourcePaths(resource, collector, generation).paths();
}

class ResourcePaths {
  readonly #resource: ServedResource;
  readonly #collector: SchemaCollector;
  readonly #generation: Generation;
  readonly #custom: CustomSchemas;

  constructor(resource: ServedResource, collector: SchemaCollector, generation: Generation) {
    this.#resource = resource;
    this.#collector = collector;
    this.#generation = generation;
    this.#custom = new CustomSchemas(collector, generation);
  }

  paths(): Record<string, object> {
    const { group, version, plural, namespaced, subresources } = this.#resource;
    const root = group ? `/apis/${group}/${version}` : `/api/${version}`;
    const collection = namespaced
      ? `${root}/namespaces/{namespace}/${plural}`
      : `${root}/${plural}`;
    const scope = namespaced ? [text('namespace')] : [];
    const named = [...scope, text('name')];
    const paths: Record<string, object> = {};
    const add = (path: string, operations: Record<string, Operation>, inPath: Parameter[]) => {
      if (Object.keys(operations).length > 0) paths[path] = this.#pathItem(operations, inPath);
    };
    add(collection, this.#collection(), scope);
    if (namespaced) add(`${root}/${plural}`, this.#everywhere(), []);
    const item = `${collection}/{name}`;
    add(item, this.#item(), named);
    for (const subresource of subresources.values()) {
      add(`${item}/${subresource.name}`, this.#subresource(subresource), named);
    }
    return paths;
  }

  #collection(): Record<string, Operation> {
    const { verbs } = this.#resource;
    const found: Record<string, Operation> = {};
    if (verbs.includes('list')) found.get = this.#operation('list', 'list', LIST, this.#listRef());
    if (verbs.includes('create')) {
      const body = this.#objectBody();
      found.post = { ...this.#operation('post', 'create', WRITE), body, codes: [200, 201, 202] };
    }
    if (verbs.includes('deletecollection')) {
      const parameters = [...DELETE, ...LIST];
      found.delete = this.#operation(
        'deletecollection',
        'deleteCollection',
        parameters,
        this.#status(),
      );
    }
    return found;
  }

  #everywhere(): Record<string, Operation> {
    if (!this.#resource.verbs.includes('list')) return {};
    const operation = this.#operation('list', 'list', LIST, this.#listRef());
    return { get: { ...operation, id: `${operation.id}ForAllNamespaces` } };
  }

  #item(): Record<string, Operation> {
    const { verbs } = this.#resource;
    const found: Record<string, Operation> = {};
    if (verbs.includes('get')) found.get = this.#operation('get', 'read', []);
    if (verbs.includes('update')) {
      found.put = { ...this.#operation('put', 'replace', WRITE), body: this.#objectBody() };
    }
    if (verbs.includes('patch')) {
      found.patch = { ...this.#operation('patch', 'patch', PATCH), body: this.#patchBody() };
    }
    if (verbs.includes('delete')) {
      const body = { schema: this.#metaRef('DeleteOptions'), types: ['*/*'] };
      found.delete = { ...this.#operation('delete', 'delete', DELETE, this.#status()), body };
    }
    return found;
  }

  #subresource(subresource: Subresource): Record<string, Operation> {
    const { name, verbs, kind } = subresource;
    const shape = kind && shapes.ofKind(kind);
    const answers = kind ? this.#refOrAny(shape) : this.#objectRef();
    const about = kind
      ? { group: kind.group, kind: kind.kind, version: kind.version }
      : this.#type();
    const make = (action: string, verb: string, parameters: readonly Parameter[]): Operation => {
      const operation = this.#operation(action, verb, parameters, answers);
      return { ...operation, id: `${operation.id}${capital(name)}`, kind: about };
    };
    const body = { schema: answers, types: ['*/*'] };
    const found: Record<string, Operation> = {};
    if (verbs.includes('get')) found.get = make('get', 'read', []);
    if (verbs.includes('create')) found.post = { ...make('post', 'create', WRITE), body };
    if (verbs.includes('update')) found.put = { ...make('put', 'replace', WRITE), body };
    if (verbs.includes('patch')) {
      found.patch = { ...make('patch', 'patch', PATCH), body: this.#patchBody() };
    }
    return found;
  }

  #operation(
    action: string,
    verb: string,
    parameters: readonly Parameter[],
    answers: Schema = this.#objectRef(),
  ): Operation {
    const { kind, namespaced } = this.#resource;
    const id = `${verb}${this.#groupVersionId()}${namespaced ? 'Namespaced' : ''}${kind}`;
    return { action, id, parameters, answers, kind: this.#type(), codes: [200] };
  }

  #groupVersionId(): string {
    const { group, version } = this.#resource;
    const words = (group.split('.')[0] || 'core').split('-');
    return `${words.map(capital).join('')}${capital(version)}`;
  }

  #type(): object {
    const { group, version, kind } = this.#resource;
    return { group, kind, version };
  }

  #objectRef(): Schema {
    if (this.#resource.isCustom) return this.#custom.object(this.#resource);
    return this.#collector.refTo(this.#resource.definition.shape);
  }

  #listRef(): Schema {
    if (this.#resource.isCustom) return this.#custom.list(this.#resource);
    const { name } = this.#resource.definition.shape;
    return this.#refOrAny(shapes.named(`${name}List`));
  }

  #refOrAny(shape: MessageShape | undefined): Schema {
    return shape ? this.#collector.refTo(shape) : { type: 'string' };
  }

  #metaRef(name: string): Schema {
    return this.#refOrAny(shapes.named(`${META}.${name}`));
  }

  #status(): Schema {
    return this.#metaRef('Status');
  }

  #objectBody() {
    return { schema: this.#objectRef(), types: ['*/*'] };
  }

  #patchBody() {
    const schema = this.#collector.refToNamed(PATCH_NAME, { type: 'object' });
    return { schema, types: PATCH_TYPES };
  }

  #pathItem(operations: Record<string, Operation>, inPath: readonly Parameter[]): object {
    const item: Record<string, unknown> = {};
    for (const [method, operation] of Object.entries(operations)) {
      item[method] = this.#generation === 2 ? operationV2(operation) : operationV3(operation);
    }
    const path = inPath.map((parameter) => this.#parameter(parameter, 'path'));
    const query = PRETTY.map((parameter) => this.#parameter(parameter, 'query'));
    item.parameters = [...path, ...query];
    return item;
  }

  #parameter(parameter: Parameter, place: 'path' | 'query'): object {
    return this.#generation === 2 ? parameterV2(parameter, place) : parameterV3(parameter, place);
  }
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

const parameterV2 = ({ name, type }: Parameter, place: 'path' | 'query'): object => ({
  uniqueItems: true,
  type,
  name,
  in: place,
  ...(place === 'path' && { required: true }),
});

const parameterV3 = ({ name, type }: Parameter, place: 'path' | 'query'): object => ({
  name,
  in: place,
  ...(place === 'path' && { required: true }),
  schema: { type, uniqueItems: true },
});

const NAMES: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

const about = ({ action, kind }: Operation): object => ({
  'x-kubernetes-action': action,
  'x-kubernetes-group-version-kind': kind,
});

function operationV2(operation: Operation): object {
  const { id, parameters, body, answers, codes } = operation;
  const answer = (code: number) => [code, { description: NAMES[code], schema: answers }];
  const query = parameters.map((parameter) => parameterV2(parameter, 'query'));
  const inBody = { name: 'body', in: 'body', required: true, schema: body?.schema };
  return {
    consumes: body?.types ?? ['*/*'],
    produces: MEDIA_TYPES,
    schemes: ['https'],
    operationId: id,
    parameters: body ? [inBody, ...query] : query,
    responses: Object.fromEntries([...codes.map(answer), [401, { description: 'Unauthorized' }]]),
    ...about(operation),
  };
}

function operationV3(operation: Operation): object {
  const { id, parameters, body, answers, codes } = operation;
  const content = (types: readonly string[], schema: Schema) =>
    Object.fromEntries(types.map((type) => [type, { schema }]));
  const answer = (code: number) => [
    code,
    { description: NAMES[code], content: content(MEDIA_TYPES, answers) },
  ];
  return {
    operationId: id,
    parameters: parameters.map((parameter) => parameterV3(parameter, 'query')),
    ...(body && { requestBody: { content: content(body.types, body.schema), required: true } }),
    responses: Object.fromEntries([...codes.map(answer), [401, { description: 'Unauthorized' }]]),
    ...about(operation),
  };
}
