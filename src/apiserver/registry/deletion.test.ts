import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceDefinition } from '../../api/definition.ts';
import type { KubeObject } from '../../machinery/object.ts';
import type { DeletionOptions } from '../../machinery/validation/options.ts';
import { planDeletion } from './deletion.ts';

// Goal: what DELETE does follows from the kind, the object and the options alone.

const NOW = Date.UTC(2026, 0, 1, 12);
const AT = '2026-01-01T12:00:00Z';

const plain = {} as ResourceDefinition;
const graceful = {
  gracePeriodSeconds: (_, asked) => asked ?? 30,
} as ResourceDefinition;
const orphaning = { defaultPropagation: 'orphan' } as ResourceDefinition;
const emptied = {
  isHeld: ({ spec }: KubeObject & { spec?: object }) => spec !== undefined,
} as unknown as ResourceDefinition;

interface Case {
  readonly name: string;
  readonly kind?: ResourceDefinition;
  readonly metadata?: object;
  readonly held?: boolean;
  readonly options?: DeletionOptions;
  readonly plan: object;
}

const cases: readonly Case[] = [
  { name: 'nobody waits for it', plan: { type: 'remove' } },
  {
    name: 'somebody has to finish first',
    metadata: { finalizers: ['a/b'], generation: 3 },
    plan: {
      type: 'mark',
      changes: { generation: 4, deletionTimestamp: AT, deletionGracePeriodSeconds: 0 },
    },
  },
  {
    name: 'marked before, it stays as it is',
    metadata: { finalizers: ['a/b'], generation: 4, deletionTimestamp: AT },
    plan: { type: 'mark', changes: { deletionGracePeriodSeconds: 0 } },
  },
  {
    name: 'foreground waits for the dependents',
    options: { propagationPolicy: 'Foreground' },
    plan: {
      type: 'mark',
      changes: {
        deletionTimestamp: AT,
        deletionGracePeriodSeconds: 0,
        finalizers: ['foregroundDeletion'],
      },
    },
  },
  {
    name: 'background undoes an earlier foreground',
    metadata: { finalizers: ['foregroundDeletion'], deletionTimestamp: AT },
    options: { propagationPolicy: 'Background' },
    plan: { type: 'remove' },
  },
  {
    name: 'the old way to orphan',
    options: { orphanDependents: true },
    plan: {
      type: 'mark',
      changes: { deletionTimestamp: AT, deletionGracePeriodSeconds: 0, finalizers: ['orphan'] },
    },
  },
  {
    name: 'kinds that orphan unless told otherwise',
    kind: orphaning,
    plan: {
      type: 'mark',
      changes: { deletionTimestamp: AT, deletionGracePeriodSeconds: 0, finalizers: ['orphan'] },
    },
  },
  {
    name: 'its holder gets time',
    kind: graceful,
    metadata: { generation: 1 },
    plan: {
      type: 'mark',
      changes: {
        deletionTimestamp: '2026-01-01T12:00:30Z',
        deletionGracePeriodSeconds: 30,
        generation: 2,
      },
    },
  },
  {
    name: 'no time at all',
    kind: graceful,
    options: { gracePeriodSeconds: 0 },
    plan: { type: 'remove', changes: { deletionTimestamp: AT, deletionGracePeriodSeconds: 0 } },
  },
  {
    name: 'a negative time is a second',
    kind: graceful,
    options: { gracePeriodSeconds: -5 },
    plan: {
      type: 'mark',
      changes: { deletionTimestamp: '2026-01-01T12:00:01Z', deletionGracePeriodSeconds: 1 },
    },
  },
  {
    name: 'a second request without a wish changes nothing',
    kind: graceful,
    metadata: { deletionTimestamp: '2026-01-01T12:00:30Z', deletionGracePeriodSeconds: 30 },
    plan: { type: 'pending' },
  },
  {
    name: 'more time than is left is not given',
    kind: graceful,
    metadata: { deletionTimestamp: '2026-01-01T12:00:30Z', deletionGracePeriodSeconds: 30 },
    options: { gracePeriodSeconds: 60 },
    plan: { type: 'pending' },
  },
  {
    name: 'a second request may hasten it',
    kind: graceful,
    metadata: { deletionTimestamp: '2026-01-01T12:00:30Z', deletionGracePeriodSeconds: 30 },
    options: { gracePeriodSeconds: 10 },
    plan: {
      type: 'mark',
      changes: { deletionTimestamp: '2026-01-01T12:00:10Z', deletionGracePeriodSeconds: 10 },
    },
  },
  {
    name: 'what is emptied first is only marked',
    kind: emptied,
    held: true,
    plan: { type: 'mark', changes: { deletionTimestamp: AT } },
  },
  {
    name: 'and waits until it is empty',
    kind: emptied,
    held: true,
    metadata: { deletionTimestamp: AT },
    plan: { type: 'held' },
  },
  {
    name: 'and goes then',
    kind: emptied,
    metadata: { deletionTimestamp: AT },
    plan: { type: 'remove' },
  },
];

for (const { name, kind = plain, metadata = {}, held, options = {}, plan } of cases) {
  test(name, () => {
    const object = { kind: 'X', apiVersion: 'v1', metadata, ...(held && { spec: {} }) };
    assert.deepEqual(planDeletion(kind, object as unknown as KubeObject, options, NOW), plan);
  });
}
