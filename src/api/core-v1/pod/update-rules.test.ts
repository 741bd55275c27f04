import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changed, made } from '../../fixture.ts';
import { pods } from './pod.ts';

// Goal: the few things that may change of a pod, and how far.

const container = { name: 'main', image: 'web:1.4' };
const podOf = (spec: object = {}) => made(pods, { spec: { containers: [container], ...spec } });

const FIXED = /^spec: Forbidden: pod updates may not change fields other than/;
const kept = { key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 };

for (const { name, before = {}, patch, want = [] } of [
  { name: 'an image', patch: { containers: [{ ...container, image: 'web:1.5' }] } },
  { name: 'a command', patch: { containers: [{ ...container, command: ['x'] }] }, want: [FIXED] },
  {
    name: 'one container more',
    patch: { containers: [container, { ...container, name: 'b' }] },
    want: [/may not add or remove containers/],
  },
  { name: 'a deadline', patch: { activeDeadlineSeconds: 30 } },
  {
    name: 'an earlier deadline',
    before: { activeDeadlineSeconds: 30 },
    patch: { activeDeadlineSeconds: 20 },
  },
  {
    name: 'a later deadline',
    before: { activeDeadlineSeconds: 30 },
    patch: { activeDeadlineSeconds: 40 },
    want: [
      /^spec\.activeDeadlineSeconds: Invalid value: 40: must be less than or equal to previous value$/,
    ],
  },
  {
    name: 'no deadline any more',
    before: { activeDeadlineSeconds: 30 },
    patch: { activeDeadlineSeconds: null },
    want: [
      /^spec\.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value$/,
    ],
  },
  {
    name: 'a toleration more',
    before: { tolerations: [kept] },
    patch: { tolerations: [kept, { key: 'b', operator: 'Exists' }] },
  },
  {
    name: 'a toleration less',
    before: { tolerations: [kept] },
    patch: { tolerations: null },
    want: [/^spec\.tolerations: Forbidden: existing toleration can not be modified/],
  },
  { name: 'a node', patch: { nodeName: 'n' }, want: [FIXED] },
  {
    name: 'a gate less',
    before: { schedulingGates: [{ name: 'a/b' }] },
    patch: { schedulingGates: null },
  },
  {
    name: 'a gate more',
    patch: { schedulingGates: [{ name: 'a/b' }] },
    want: [
      /^spec\.schedulingGates\[0\]\.name: Forbidden: only deletion is allowed, but found new scheduling gate 'a\/b'$/,
    ],
  },
  {
    name: 'a node selector while gated',
    before: { schedulingGates: [{ name: 'a/b' }] },
    patch: { nodeSelector: { a: 'b' } },
  },
  { name: 'a node selector', patch: { nodeSelector: { a: 'b' } }, want: [FIXED] },
] as readonly { name: string; before?: object; patch: object; want?: readonly RegExp[] }[]) {
  test(`${want.length === 0 ? 'may change' : 'may not change'}: ${name}`, () => {
    const { errors } = changed(pods, podOf(before), { spec: patch });
    assert.equal(errors.length, want.length, errors.join('\n'));
    for (const [i, text] of want.entries()) assert.match(errors[i]!, text);
  });
}
