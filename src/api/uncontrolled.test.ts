import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { uncontrolled, uncontrolledKinds } from './uncontrolled.ts';

/** What a row of the document names as not there yet. */
function notYetIn(row: string): string[] {
  const document = readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8');
  const line = document.split('\n').find((each) => each.startsWith(`| ${row} |`)) ?? '';
  return (/Not yet: ([^|]*)/.exec(line)?.[1] ?? '').split(',').map((each) => each.trim());
}

test('the kinds on which nothing acts are those that the document names', () => {
  const ofNetwork = notYetIn('network').filter((each) => !each.startsWith('encapsulation'));
  const documented = [...notYetIn('controllers'), ...ofNetwork];
  const known = new Set(uncontrolledKinds.map(({ documentedAs }) => documentedAs));
  assert.deepEqual([...known].sort(), documented.sort());
});

const AUTOSCALERS = 'HorizontalPodAutoscalers';

for (const {
  name,
  apiVersion = 'autoscaling/v2',
  kind = 'HorizontalPodAutoscaler',
  status,
  want,
} of [
  { name: 'an autoscaler as it was made', status: {}, want: AUTOSCALERS },
  { name: 'without a status', status: undefined, want: AUTOSCALERS },
  { name: 'one that somebody has seen', status: { observedGeneration: 1 }, want: undefined },
  { name: 'noughts', status: { desiredReplicas: 0 }, want: AUTOSCALERS },
  {
    name: 'a claim',
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    status: { phase: 'Pending' },
    want: 'PersistentVolumeClaims',
  },
  {
    name: 'an ingress with an address',
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    status: { loadBalancer: { ingress: [{ ip: '10.0.0.1' }] } },
    want: undefined,
  },
  {
    name: 'the same name of another group',
    apiVersion: 'example.com/v1',
    status: {},
    want: undefined,
  },
  { name: 'a deployment', apiVersion: 'apps/v1', kind: 'Deployment', status: {}, want: undefined },
]) {
  test(name, () => {
    const object = { apiVersion, kind, metadata: { name: 'a' }, status };
    assert.equal(uncontrolled(object as never)?.plural, want);
  });
}
