import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusal } from '../testing.ts';
import { negotiate } from './negotiation.ts';

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
    const accepted = negotiate(accept);
    assert.equal(accepted.encoding, encoding);
    assert.equal(accepted.transform, transform);
    assert.equal(accepted.metaVersion, version);
  });
}

for (const accept of [
  'text/html',
  'application/json;as=Chart;v=v1;g=meta.k8s.io',
  'application/*x',
  'constructor',
]) {
  test(`Accept: ${accept} can't be had`, () => {
    assert.throws(() => negotiate(accept), refusal(406, /^406: Not Acceptable/));
  });
}
