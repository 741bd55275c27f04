import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecodeError } from '../machinery/decode-error.ts';
import { decodeJson, decodeJsonText, readTypeMeta } from '../machinery/json-codec.ts';
import { deepFreeze } from '../machinery/object.ts';
import { shapeOf } from './shapes.ts';

const shape = (group: string, version: string, kind: string) => shapeOf({ group, version, kind });
const [pod, configMap, secret, service, deployment] = [
  shape('', 'v1', 'Pod'),
  shape('', 'v1', 'ConfigMap'),
  shape('', 'v1', 'Secret'),
  shape('', 'v1', 'Service'),
  shape('apps', 'v1', 'Deployment'),
];
const customResource = shape('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition');

// Goal: a value of the wrong type is refused in Kubernetes' words (recorded from 1.36).
for (const { name, kind, value, message } of [
  {
    name: 'a number as an entry of a map',
    kind: configMap,
    value: { data: { a: 1 } },
    message: 'json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
  },
  {
    name: 'a list as a map',
    kind: configMap,
    value: { data: [] },
    message:
      'json: cannot unmarshal array into Go struct field ConfigMap.data of type map[string]string',
  },
  {
    name: 'a number as a name',
    kind: configMap,
    value: { metadata: { name: 5 } },
    message:
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string',
  },
  {
    name: 'text as metadata',
    kind: configMap,
    value: { metadata: 'x' },
    message:
      'json: cannot unmarshal string into Go struct field ConfigMap.metadata of type v1.ObjectMeta',
  },
  {
    name: 'text as a number',
    kind: deployment,
    value: { spec: { replicas: 'three' } },
    message:
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
  },
  {
    name: 'a time of the wrong type, which counts before all else',
    kind: configMap,
    value: { metadata: { name: 1, creationTimestamp: true } },
    message:
      'json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.creationTimestamp of type string',
  },
  {
    name: 'a fraction as a whole number',
    kind: deployment,
    value: { spec: { replicas: 1.5 } },
    message:
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
  },
  {
    name: 'an object as a list',
    kind: pod,
    value: { spec: { containers: {} } },
    message:
      'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
  },
  {
    name: 'an embedded field',
    kind: pod,
    value: { spec: { volumes: [{ emptyDir: 1 }] } },
    message:
      'json: cannot unmarshal number into Go struct field Volume.spec.volumes.VolumeSource.emptyDir of type v1.EmptyDirVolumeSource',
  },
  {
    name: 'a named string',
    kind: pod,
    value: { spec: { containers: [{ imagePullPolicy: 1 }] } },
    message:
      'json: cannot unmarshal number into Go struct field Container.spec.containers.imagePullPolicy of type v1.PullPolicy',
  },
  {
    name: 'a named map',
    kind: pod,
    value: { spec: { containers: [{ resources: { limits: 'much' } }] } },
    message:
      'json: cannot unmarshal string into Go struct field ResourceRequirements.spec.containers.resources.limits of type v1.ResourceList',
  },
  {
    name: 'text that is not base64',
    kind: secret,
    value: { data: { k: '*not base64*' } },
    message: 'illegal base64 data at input byte 0',
  },
  {
    name: 'text that is no time',
    kind: pod,
    value: { metadata: { creationTimestamp: 'yesterday' }, spec: {} },
    message:
      'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"',
  },
  {
    name: 'a boolean as a port',
    kind: service,
    value: { spec: { ports: [{ port: 80, targetPort: true }] } },
    message:
      'json: cannot unmarshal bool into Go struct field ServicePort.spec.ports.targetPort of type int32',
  },
  {
    name: 'text that is no quantity',
    kind: pod,
    value: { spec: { containers: [{ resources: { limits: { cpu: 'lots' } } }] } },
    message:
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  },
  {
    name: 'the first of several',
    kind: configMap,
    value: { immutable: 'yes', metadata: { name: 5 }, data: [] },
    message: 'json: cannot unmarshal string into Go struct field ConfigMap.immutable of type bool',
  },
  {
    name: 'what stops the decoder, before what it only notes',
    kind: pod,
    value: { kind: 7, metadata: { creationTimestamp: '' } },
    message: 'parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006"',
  },
  {
    name: 'a list as an object',
    kind: pod,
    value: [],
    message: 'json: cannot unmarshal array into Go value of type v1.Pod',
  },
]) {
  test(`refuses ${name}`, () =>
    assert.throws(() => decodeJson(kind, value), new DecodeError(message)));
}

const encoded = (text: string, kind = pod): unknown => decodeJsonText(kind, text).object;
const EMPTY_POD_SPEC = { containers: null };

// Goal: what comes back is what Kubernetes would have written for the same text.
for (const { name, kind, text, want } of [
  {
    name: 'structs are written even when they are empty',
    kind: deployment,
    text: '{}',
    want: {
      metadata: {},
      spec: {
        selector: null,
        template: { metadata: {}, spec: EMPTY_POD_SPEC },
        strategy: {},
      },
      status: {},
    },
  },
  {
    name: 'empty and null values are dropped',
    text: '{"metadata":{"name":"","labels":{},"finalizers":[],"generation":0,"annotations":null}}',
    want: { metadata: {}, spec: EMPTY_POD_SPEC, status: {} },
  },
  {
    name: 'pointers to zero are kept',
    text: '{"metadata":{"deletionGracePeriodSeconds":0},"spec":{"automountServiceAccountToken":false}}',
    want: {
      metadata: { deletionGracePeriodSeconds: 0 },
      spec: { containers: null, automountServiceAccountToken: false },
      status: {},
    },
  },
  {
    name: 'a required list stays an empty list',
    text: '{"spec":{"containers":[]}}',
    want: { metadata: {}, spec: { containers: [] }, status: {} },
  },
  {
    name: 'quantities are canonical, numbers too',
    text: '{"spec":{"containers":[{"resources":{"limits":{"cpu":"1000m","memory":0.5,"x":null}}}]}}',
    want: {
      metadata: {},
      spec: {
        containers: [{ name: '', resources: { limits: { cpu: '1', memory: '500m', x: '0' } } }],
      },
      status: {},
    },
  },
  {
    name: 'times are in UTC and whole seconds, or null where they are always written',
    text: `{"metadata":{"creationTimestamp":"2026-01-31T10:00:00.75+01:00"},
            "status":{"conditions":[{"type":"Ready","status":"True"}]}}`,
    want: {
      metadata: { creationTimestamp: '2026-01-31T09:00:00Z' },
      spec: EMPTY_POD_SPEC,
      status: {
        conditions: [
          { type: 'Ready', status: 'True', lastProbeTime: null, lastTransitionTime: null },
        ],
      },
    },
  },
  {
    name: 'null in a list is the zero of its type',
    text: '{"metadata":{"finalizers":["a",null]},"spec":{"containers":[null]}}',
    want: {
      metadata: { finalizers: ['a', ''] },
      spec: { containers: [{ name: '', resources: {} }] },
      status: {},
    },
  },
  {
    name: 'keys are case-sensitive',
    text: '{"Metadata":{"name":"a"}}',
    want: { metadata: {}, spec: EMPTY_POD_SPEC, status: {} },
  },
  {
    name: 'any JSON is kept as it is',
    text: '{"metadata":{"managedFields":[{"fieldsV1":{"f:a":{".":{}}}}]}}',
    want: {
      metadata: { managedFields: [{ fieldsV1: { 'f:a': { '.': {} } } }] },
      spec: EMPTY_POD_SPEC,
      status: {},
    },
  },
]) {
  test(name, () => assert.deepEqual(encoded(text, kind), want));
}

test('fields stand in the order of their declaration', () =>
  assert.equal(
    JSON.stringify(
      encoded('{"data":{"b":"","a":"1"},"kind":"ConfigMap","apiVersion":"v1"}', configMap),
    ),
    '{"kind":"ConfigMap","apiVersion":"v1","metadata":{},"data":{"b":"","a":"1"}}',
  ));

test('__proto__ is a key like any other', () => {
  const { data } = encoded('{"data":{"__proto__":"x"}}', configMap) as { data: object };
  assert.deepEqual(Object.entries(data), [['__proto__', 'x']]);
  assert.equal(Object.getPrototypeOf(data), Object.prototype);
});

// Goal: strict decoding names every field that isn't known and every key that is doubled.
for (const { name, text, kind, want } of [
  {
    name: 'unknown fields',
    text: '{"top":1,"spec":{"unknown":{},"containers":[{"name":"a"},{"ports":[{"prt":1}]}]}}',
    want: [
      'unknown field "top"',
      'unknown field "spec.unknown"',
      'unknown field "spec.containers[1].ports[0].prt"',
    ],
  },
  {
    name: 'doubled keys of structs and maps',
    text: '{"metadata":{"labels":{"a":"1","a":"2"}},"spec":{"nodeName":"a","nodeName":"b"}}',
    want: ['duplicate field "metadata.labels.a"', 'duplicate field "spec.nodeName"'],
  },
  {
    name: 'what is doubled and what is unknown, in the order of the text',
    text: '{"metadata":{"name":"a","name":"b","x":1,"uid":"c","uid":"d"},"y":1,"y":2,"z":1}',
    want: [
      'duplicate field "metadata.name"',
      'unknown field "metadata.x"',
      'duplicate field "metadata.uid"',
      'unknown field "y"',
      'unknown field "z"',
    ],
  },
  {
    name: 'nothing below an unknown field, nor in any JSON',
    text: '{"top":{"a":1,"a":2},"metadata":{"managedFields":[{"fieldsV1":{"f:a":{},"f:a":{}}}]}}',
    want: ['unknown field "top"'],
  },
  {
    name: 'nothing inside of schemas in places with two forms',
    kind: customResource,
    text: `{"spec":{"versions":[{"schema":{"openAPIV3Schema":{"other":1,"items":{"other":1}}}}]}}`,
    want: ['unknown field "spec.versions[0].schema.openAPIV3Schema.other"'],
  },
]) {
  test(`strict decoding finds ${name}`, () =>
    assert.deepEqual(decodeJsonText(kind ?? pod, text).strictErrors, want));
}

test('a schema may stand alone or in a list, or be a boolean', () => {
  const text = (schema: string) =>
    `{"spec":{"versions":[{"name":"v1","schema":{"openAPIV3Schema":${schema}}}]}}`;
  for (const schema of [
    '{"items":{"type":"string"}}',
    '{"items":[{"type":"string"}]}',
    '{"additionalProperties":true}',
    '{"additionalProperties":false}',
    '{"additionalProperties":{"type":"string"}}',
    '{"default":{"a":[1,null]},"enum":[null,"a"]}',
  ]) {
    const found = JSON.stringify(encoded(text(schema), customResource));
    assert.ok(found.includes(`"openAPIV3Schema":${schema}`), found);
  }
});

test('the input is neither changed nor shared', () => {
  const input = deepFreeze({ metadata: { labels: { a: 'b' } }, spec: { containers: [{}] } });
  const { object } = decodeJson(pod, input);
  const { metadata } = object as { metadata: { labels: Record<string, string> } };
  metadata.labels.c = 'd';
  assert.deepEqual(input.metadata.labels, { a: 'b' });
});

// Goal: before its kind is known, a body is refused in the words of that stage.
test('reading what an object says it is', () => {
  assert.deepEqual(readTypeMeta({ apiVersion: 'v1' }), { apiVersion: 'v1', kind: '' });
  assert.throws(() => readTypeMeta({ kind: 5 }), {
    message:
      "couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string",
  });
  assert.throws(() => readTypeMeta([]), /cannot unmarshal array into Go value of type struct \{/);
});
