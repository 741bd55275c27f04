import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatusError } from '../../machinery/status.ts';
import {
  CUSTOM_OBJECTS,
  checkProduced,
  DOCUMENTS,
  INITIAL_EVENTS,
  MEDIA_TYPES,
  negotiate,
  OBJECTS,
  wanted,
} from './negotiation.ts';

// Goal: of what a client accepts, the first that can be given is given, and else 406.

const protobuf = 'application/vnd.kubernetes.protobuf';
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';

for (const { accept, encoding = 'json', transform, version = 'v1' } of [
  { accept: undefined },
  { accept: '*/*' },
  { accept: 'application/json' },
  { accept: 'application/yaml', encoding: 'yaml' },
  { accept: `${protobuf}, application/json`, encoding: 'protobuf' },
  { accept: `application/json;q=0.5, ${protobuf};q=0.9`, encoding: 'protobuf' },
  { accept: 'text/html, application/json', encoding: 'json' },
  // What is said exactly is wanted more than what may be anything.
  { accept: '*/*, application/yaml', encoding: 'yaml' },
  // ... even more than what is wanted more: not as the RFC has it, but as Kubernetes does.
  { accept: '*/*;q=0.9, application/yaml;q=0.5', encoding: 'yaml' },
  { accept: 'application/*, text/plain', encoding: 'json' },
  { accept: 'application/yaml;stream=watch, application/json;stream=watch', encoding: 'json' },
  { accept: 'application/yaml;sv=v2, application/json', encoding: 'json' },
  { accept: 'application/yaml;q=none, application/json', encoding: 'json' },
  { accept: table, transform: 'Table' },
  { accept: `${table}, application/json`, transform: 'Table' },
  { accept: 'application/json;as=Table;v=v2;g=meta.k8s.io, application/json' },
  {
    accept: 'application/json;as=Table;v=v1beta1;g=meta.k8s.io',
    transform: 'Table',
    version: 'v1beta1',
  },
  {
    accept: `${protobuf};as=PartialObjectMetadata;v=v1;g=meta.k8s.io`,
    encoding: 'protobuf',
    transform: 'PartialObjectMetadata',
  },
  // Rows have no form in protobuf.
  { accept: `${protobuf};as=Table;v=v1;g=meta.k8s.io, application/json`, encoding: 'json' },
]) {
  test(`Accept: ${accept}`, () => {
    const accepted = negotiate(accept, OBJECTS);
    assert.equal(accepted.encoding, encoding);
    assert.equal(accepted.transform, transform);
    assert.equal(accepted.metaVersion, version);
  });
}

for (const accept of [
  'text/html',
  'application/json;as=Chart;v=v1;g=meta.k8s.io',
  'application/json;as=Table;v=v2;g=meta.k8s.io',
  'application/json;as=Table',
  'application/json;v=v1;g=meta.k8s.io',
  'application/json;stream=log',
  `${protobuf};as=Table;v=v1;g=meta.k8s.io`,
  'application/*x',
  'application',
  'constructor',
]) {
  test(`Accept: ${accept} can't be had`, () => {
    const message =
      'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf';
    const refused = (error: StatusError) => error.message === message && !error.details;
    assert.throws(() => negotiate(accept, OBJECTS), refused);
  });
}

test('what there is depends on what is asked', () => {
  assert.equal(wanted(`${table}, application/yaml`, DOCUMENTS)?.encoding, 'yaml');
  assert.equal(wanted(table, DOCUMENTS), undefined);
  assert.equal(wanted(table, INITIAL_EVENTS), undefined);
  assert.equal(wanted(protobuf, CUSTOM_OBJECTS), undefined);
  assert.equal(wanted('*/*', CUSTOM_OBJECTS)?.encoding, 'json');
  const partial = `${protobuf};as=PartialObjectMetadataList;v=v1;g=meta.k8s.io`;
  assert.equal(wanted(partial, CUSTOM_OBJECTS)?.encoding, 'protobuf');
});

const available =
  'Available representations: application/json, application/yaml, application/vnd.kubernetes.protobuf';

for (const { name, method = 'GET', accept, length, message } of [
  { name: 'a type that a path has', accept: 'text/csv, application/yaml;q=0.1' },
  { name: 'whatever it is to be turned into', accept: 'application/json;as=Chart' },
  { name: 'anything', accept: '*/*' },
  { name: 'no type at all' },
  {
    name: 'a type that a path has not',
    accept: 'text/csv',
    message: `406: Not Acceptable\n\n${available}`,
  },
  {
    name: 'half of a type',
    accept: 'application/*',
    message: `406: Not Acceptable\n\n${available}`,
  },
  {
    name: 'the same for a write',
    method: 'POST',
    accept: 'text/csv',
    length: '5',
    message: `406: Not Acceptable\n\n${available}`,
  },
  {
    name: 'the same for a write without a body',
    method: 'POST',
    accept: 'text/csv',
    message: `415: Unsupported Media Type\n\n${available}`,
  },
]) {
  test(`a client takes ${name}`, () => {
    const headers = { ...(accept && { accept }), ...(length && { 'content-length': length }) };
    const check = () => checkProduced({ method, headers }, MEDIA_TYPES);
    if (message === undefined) check();
    else assert.throws(check, { message });
  });
}
