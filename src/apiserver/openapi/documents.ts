import { createHash } from 'node:crypto';
import { shapes } from '../../api/shapes.ts';
import type { ResourceTable } from '../registry/resource-table.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { commonKinds } from './common-kinds.ts';
import { schemaDigest } from './custom-schemas.ts';
import { pathsOf } from './operations.ts';
import { type Generation, SchemaCollector, typeEntry } from './schemas.ts';

const INFO_TITLE = 'Kubernetes';

/** An OpenAPI document, and the tag that changes when it does. */
export interface OpenApiDocument {
  readonly json: object;
  readonly etag: string;
}

/** OpenAPI documents of what is served, made from the shapes when they are first asked for. */
export class OpenApiDocuments {
  readonly #table: ResourceTable;
  readonly #version: string;
  readonly #kinds: ReadonlyMap<string, readonly object[]>;
  #generation = -1;
  #byPath: ReadonlyMap<string, readonly ServedResource[]> = new Map();
  readonly #made = new Map<string, OpenApiDocument>();

  /** `version` is that of the server, so that clients forget what an older one said. */
  constructor(table: ResourceTable, version: string) {
    this.#table = table;
    this.#version = version;
    this.#kinds = kindsByName();
  }

  /** The paths of the group-versions, as in `apis/apps/v1`, each with its tag. */
  index(): ReadonlyMap<string, string> {
    return new Map([...this.#fresh()].map(([path, all]) => [path, this.#tagOf(path, all)]));
  }

  /** The document of one group-version; undefined when it isn't served. */
  groupVersion(path: string): OpenApiDocument | undefined {
    const resources = this.#fresh().get(path);
    if (resources === undefined) return undefined;
    return this.#document(path, resources, () => {
      const { paths, schemas } = this.#contents(resources, 3);
      return { openapi: '3.0.0', info: this.#info(), paths, components: { schemas } };
    });
  }

  /** The document of everything, in the older form (Swagger 2.0). */
  whole(): OpenApiDocument {
    const resources = [...this.#fresh().values()].flat();
    return this.#document('whole', resources, () => {
      const { paths, schemas } = this.#contents(resources, 2);
      return { swagger: '2.0', info: this.#info(), paths, definitions: schemas };
    });
  }

  #info(): object {
    return { title: INFO_TITLE, version: this.#version };
  }

  #contents(resources: readonly ServedResource[], generation: Generation) {
    const collector = new SchemaCollector(generation, this.#kinds);
    const paths: Record<string, object> = {};
    for (const resource of resources) {
      Object.assign(paths, pathsOf(resource, collector, generation));
    }
    return { paths: sorted(paths), schemas: sorted(collector.schemas) };
  }

  #document(
    path: string,
    resources: readonly ServedResource[],
    make: () => object,
  ): OpenApiDocument {
    let document = this.#made.get(path);
    if (document === undefined) {
      document = { json: make(), etag: this.#tagOf(path, resources) };
      this.#made.set(path, document);
    }
    return document;
  }

  // Of what a document is made, and not of what it says: the index must not cost all of them.
  #tagOf(path: string, resources: readonly ServedResource[]): string {
    const hash = createHash('sha512').update(`${this.#version} ${path}`);
    for (const { plural, definition, subresources } of resources) {
      const { custom, selectableFields = {} } = definition;
      hash.update(` ${plural} ${definition.shape.name}`);
      if (!custom) continue;
      hash.update(schemaDigest(custom.schema));
      hash.update([...Object.keys(selectableFields), '', ...subresources.keys()].join(' '));
    }
    return hash.digest('hex').toUpperCase();
  }

  #fresh(): ReadonlyMap<string, readonly ServedResource[]> {
    const { generation } = this.#table;
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.#made.clear();
      this.#byPath = Map.groupBy(this.#table.list(), ({ group, version }) =>
        group ? `apis/${group}/${version}` : `api/${version}`,
      );
    }
    return this.#byPath;
  }
}

const sorted = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

function kindsByName(): Map<string, readonly object[]> {
  const found = new Map<string, object[]>();
  for (const { group, version, kind } of shapes.kinds()) {
    const shape = shapes.ofKind({ group, version, kind });
    if (shape === undefined) continue;
    const entry = typeEntry(group ? `${group}/${version}` : version, kind);
    const entries = found.get(shape.name);
    if (entries) entries.push(entry);
    else found.set(shape.name, [entry]);
  }
  return new Map<string, readonly object[]>([...found, ...commonKinds]);
}
