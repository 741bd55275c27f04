import assert from 'node:assert/strict';
import test from 'node:test';
import { loadRules } from '../../machinery/structural/rules.ts';
import { changed, made, refusals } from '../fixture.ts';
import type {
  CustomResourceDefinition,
  JSONSchemaProps,
} from '../generated/apiextensions/v1/types.ts';
import { customResourceDefinitions as definition } from './custom-resource-definition.ts';

// Goal: pin what a definition is filled in with, and every rule that refuses one.

await loadRules();

interface Version {
  readonly [field: string]: unknown;
}

const OBJECT = { type: 'object' };
const version = (more: Version = {}): Version => ({
  name: 'v1',
  served: true,
  storage: true,
  schema: { openAPIV3Schema: OBJECT },
  ...more,
});
const crates = (spec: object = {}, metadata: object = {}): object => ({
  metadata: { name: 'crates.orchard.example', ...metadata },
  spec: {
    group: 'orchard.example',
    scope: 'Namespaced',
    names: { plural: 'crates', kind: 'Crate' },
    versions: [version()],
    ...spec,
  },
});
const withSchema = (properties: Record<string, JSONSchemaProps>, more: Version = {}): object =>
  crates({
    versions: [
      version({
        schema: {
          openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } },
        },
        ...more,
      }),
    ],
  });

test('a new definition is filled in', () => {
  const { spec, status } = made(definition, crates());
  assert.deepEqual(spec.names, {
    plural: 'crates',
    singular: 'crate',
    kind: 'Crate',
    listKind: 'CrateList',
  });
  assert.deepEqual(spec.conversion, { strategy: 'None' });
  assert.deepEqual(status, {
    conditions: null,
    acceptedNames: { plural: '', kind: '' },
    storedVersions: ['v1'],
  });
});

/** A schema as it is printed, but for what is said. */
const printed = (said: object): object => ({
  ...{ ID: '', Schema: '', Ref: null, Description: '', Type: '', Nullable: false, Format: '' },
  ...{ Title: '', Default: null, Maximum: null, ExclusiveMaximum: false, Minimum: null },
  ...{ ExclusiveMinimum: false, MaxLength: null, MinLength: null, Pattern: '', MaxItems: null },
  ...{ MinItems: null, UniqueItems: false, MultipleOf: null, Enum: null, MaxProperties: null },
  ...{ MinProperties: null, Required: null, Items: null, AllOf: null, OneOf: null, AnyOf: null },
  ...{ Not: null, Properties: null, AdditionalProperties: null, PatternProperties: null },
  ...{ Dependencies: null, AdditionalItems: null, Definitions: null, ExternalDocs: null },
  ...{ Example: null, XPreserveUnknownFields: null, XEmbeddedResource: false },
  ...{ XIntOrString: false, XListMapKeys: null, XListType: null, XMapType: null },
  ...{ XValidations: null, ...said },
});
const TEXT = printed({ Type: 'string', Default: 'x' });
const LIST = printed({ Type: 'array', Items: { Schema: TEXT, JSONSchemas: null } });
const ROOT = printed({ Type: 'object', MinProperties: 1, Properties: { a: LIST } });
const ROOT_WITH_STATUS = `spec.validation.openAPIV3Schema: Invalid value: ${JSON.stringify(ROOT)}: only [Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations] fields are allowed at the root of the schema if the status subresource is enabled`;

const SPEC = 'spec.validation.openAPIV3Schema.properties[spec]';
const rows: readonly { name: string; body: object; want: string[] }[] = [
  {
    name: 'a whole definition',
    body: withSchema({ n: { type: 'integer', default: 1 } }),
    want: [],
  },
  {
    name: 'a name that is not of its plural and group',
    body: crates({}, { name: 'boxes.orchard.example' }),
    want: [
      'metadata.name: Invalid value: "boxes.orchard.example": must be spec.names.plural+"."+spec.group',
    ],
  },
  {
    name: 'a name that is to be made up',
    body: crates({}, { name: 'crates-x', generateName: 'crates-' }),
    want: [
      'metadata.generateName: Invalid value: "crates-": must be spec.names.plural+"."+spec.group',
      'metadata.name: Invalid value: "crates-x": must be spec.names.plural+"."+spec.group',
    ],
  },
  {
    name: 'no versions at all',
    body: crates({ versions: undefined }),
    want: [
      'spec.versions: Invalid value: null: must have exactly one version marked as storage version',
      'status.storedVersions: Invalid value: null: must have at least one stored version',
    ],
  },
  {
    name: 'a group without a dot, and no scope',
    body: crates({ group: 'orchard', scope: '' }, { name: 'crates.orchard' }),
    want: [
      'spec.group: Invalid value: "orchard": should be a domain with at least one dot',
      'spec.scope: Required value',
    ],
  },
  {
    name: 'no schema',
    body: crates({ versions: [version({ schema: undefined })] }),
    want: ['spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required'],
  },
  {
    name: 'kinds that are the same',
    body: crates({ names: { plural: 'crates', kind: 'Crate', listKind: 'Crate' } }),
    want: ['spec.names.listKind: Invalid value: "Crate": kind and listKind may not be the same'],
  },
  {
    name: 'a type that is not said',
    body: withSchema({ a: {} }),
    want: [
      `${SPEC}.properties[a].type: Required value: must not be empty for specified object fields`,
    ],
  },
  {
    name: 'keywords that custom resources do not have',
    body: withSchema({ a: { type: 'array', uniqueItems: true, items: { type: 'string' } } }),
    want: [
      `${SPEC}.properties[a].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic`,
    ],
  },
  {
    name: 'a reference, which hides that nothing else is said',
    body: withSchema({ a: { $ref: '#/definitions/a' }, b: {} }),
    want: [`${SPEC}.properties[a].$ref: Forbidden: $ref is not supported`],
  },
  {
    name: 'a list of schemas for the elements of a list',
    body: withSchema({ a: { type: 'array', items: [{ type: 'string' }] } }),
    want: [
      `${SPEC}.properties[a].items: Forbidden: items must be a schema object and not an array`,
    ],
  },
  {
    name: 'a schema of another language',
    body: withSchema({ a: { type: 'string', $schema: 'http://json-schema.org/schema#' } }),
    want: [
      `spec.validation.openAPIV3Schema: Invalid value: "": OpenAPIV3Schema 'schema' is not supported`,
    ],
  },
  {
    name: 'a rule that makes no sense beside what a schema may not say',
    body: withSchema({
      a: { type: 'array', uniqueItems: true, items: { type: 'string' } },
      b: { type: 'boolean', 'x-kubernetes-validations': [{ rule: 'self + 1' }] },
      c: { type: 'string', $ref: '', 'x-kubernetes-validations': [{ rule: 'self + 1' }] },
    }),
    want: [
      `${SPEC}.properties[a].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic`,
      `${SPEC}.properties[c].$ref: Forbidden: $ref is not supported`,
      `${SPEC}.properties[b].x-kubernetes-validations[0].rule: Invalid value: {"Rule":"self + 1","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: compilation failed: ERROR: <input>:1:6: found no matching overload for '_+_' applied to '(bool, int)'\n | self + 1\n | .....^`,
    ],
  },
  {
    name: 'more at the root than a status leaves room for',
    body: crates({
      versions: [
        version({
          subresources: { status: {} },
          schema: {
            openAPIV3Schema: {
              type: 'object',
              minProperties: 1,
              properties: { a: { type: 'array', items: { type: 'string', default: 'x' } } },
            },
          },
        }),
      ],
    }),
    want: [ROOT_WITH_STATUS],
  },
  {
    name: 'keys of a list that may be missing',
    body: withSchema({
      a: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
        items: { type: 'object', properties: { k: { type: 'string' } } },
      },
    }),
    want: [
      `${SPEC}.properties[a].items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
    ],
  },
  {
    name: 'a default that does not fit',
    body: withSchema({ a: { type: 'integer', default: 'x' } }),
    want: [
      `${SPEC}.properties[a].default: Invalid value: "string":  in body must be of type integer: "string"`,
    ],
  },
  {
    name: 'a default with unknown fields',
    body: withSchema({ a: { type: 'object', default: { x: 1 } } }),
    want: [`${SPEC}.properties[a].default: Invalid value: {"x":1}: must not have unknown fields`],
  },
  {
    name: 'a default that breaks a rule',
    body: withSchema({
      a: { type: 'integer', default: 1, 'x-kubernetes-validations': [{ rule: 'self > 1' }] },
    }),
    want: [`${SPEC}.properties[a].default: Invalid value: 1: failed rule: self > 1`],
  },
  {
    name: 'a selectable field that is no scalar, and one that is not there',
    body: withSchema(
      { o: { type: 'object' } },
      { selectableFields: [{ jsonPath: '.spec.o' }, { jsonPath: '.spec.none' }] },
    ),
    want: [
      'spec.selectableFields[0].jsonPath: Invalid value: ".spec.o": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
      'spec.selectableFields[1].jsonPath: Invalid value: ".spec.none": is an invalid path: does not refer to a valid field',
    ],
  },
  {
    name: 'a column without a type',
    body: crates({
      versions: [
        version({ additionalPrinterColumns: [{ name: 'N', type: 'x', jsonPath: 'spec' }] }),
      ],
    }),
    want: [
      'spec.additionalPrinterColumns[0].type: Invalid value: "x": must be one of boolean,date,integer,number,string',
      'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "spec": must be a simple json path starting with .',
    ],
  },
  {
    name: 'paths of a scale elsewhere',
    body: crates({
      versions: [
        version({
          subresources: {
            scale: { specReplicasPath: '.status.n', statusReplicasPath: '.status.n' },
          },
        }),
      ],
    }),
    want: [
      'spec.subresources.scale.specReplicasPath: Invalid value: ".status.n": should be a json path under .spec',
    ],
  },
  {
    name: 'a conversion that nobody does',
    body: crates({ conversion: { strategy: 'Webhook' } }),
    want: [
      'spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook',
      'spec.conversion.conversionReviewVersions: Required value',
    ],
  },
  {
    name: 'no storage version',
    body: crates({ versions: [version({ storage: false })] }),
    want: [
      'spec.versions: Invalid value: [{"Name":"v1","Served":true,"Storage":false,"Deprecated":false,"DeprecationWarning":null,"Schema":null,"Subresources":null,"AdditionalPrinterColumns":null,"SelectableFields":null}]: must have exactly one version marked as storage version',
      'status.storedVersions: Invalid value: null: must have at least one stored version',
    ],
  },
  {
    name: 'a warning of what is not deprecated',
    body: crates({ versions: [version({ deprecationWarning: 'soon' })] }),
    want: [
      'spec.versions[0].deprecationWarning: Invalid value: "soon": can only be set for deprecated versions',
    ],
  },
  {
    name: 'a protected group',
    body: crates({ group: 'orchard.k8s.io' }, { name: 'crates.orchard.k8s.io' }),
    want: [
      'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
    ],
  },
];

await definition.load!(
  withSchema({ a: { 'x-kubernetes-validations': [{ rule: 'true' }] } }) as CustomResourceDefinition,
);

for (const { name, body, want } of rows) {
  test(name, () => assert.deepEqual(refusals(definition, body), want));
}

test('what is neither a schema nor a boolean can not be read', () => {
  const additional = { additionalProperties: 'x' } as unknown as JSONSchemaProps;
  const body = withSchema({ a: { type: 'object', ...additional } });
  assert.throws(() => refusals(definition, body), /^DecodeError: boolean or JSON schema expected$/);
});

test('what was accepted with a keyword that is refused today may change otherwise', () => {
  const known = withSchema({ a: { type: 'string' } });
  const old = structuredClone(made(definition, known)) as unknown as {
    spec: { versions: { schema: { openAPIV3Schema: object } }[] };
  };
  const { schema } = old.spec.versions[0]!;
  schema.openAPIV3Schema = { ...schema.openAPIV3Schema, $schema: 'x' };
  const { errors } = changed(definition, old as unknown as CustomResourceDefinition, {
    metadata: { labels: { a: 'b' } },
  });
  assert.deepEqual(errors, []);
});

test('formats that mean nothing are warned of, once and when they are new', () => {
  const withFormats = (...formats: readonly [string, string][]) =>
    made(
      definition,
      withSchema(
        Object.fromEntries(formats.map(([type, format], i) => [`f${i}`, { type, format }])),
      ),
    );
  const before = withFormats(['string', 'colour']);
  const after = withFormats(
    ['string', 'colour'],
    ['integer', 'date'],
    ['string', 'date'],
    ['integer', 'int32'],
    ['boolean', 'date'],
    ['string', 'k8s-short-name'],
  );
  const warnings = (next: typeof before, previous?: typeof before) =>
    definition.warnings!(next as never, previous as never);
  assert.deepEqual(warnings(before), ['unrecognized format "colour"']);
  assert.deepEqual(warnings(after, before), ['unrecognized format "date"']);
  assert.deepEqual(warnings(after, after), []);
});

test('what is being deleted says so, and stays until it is cleaned up', () => {
  const draft = structuredClone(made(definition, crates()));
  (draft.metadata as { deletionTimestamp?: string }).deletionTimestamp = '2026-03-04T05:06:07Z';
  definition.prepareDelete!(draft as never);
  assert.equal(definition.isHeld!(draft), true);
  assert.equal(draft.status.conditions?.[0]?.reason, 'InstanceDeletionPending');
});
