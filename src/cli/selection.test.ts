import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CommandError } from './command.ts';
import { selectNamed, selectResources, titleOf } from './selection.ts';
import { servingCluster } from './testing.ts';

// Goal: words mean what they mean to kubectl.

describe('what words mean', () => {
  for (const { words, namespace = 'n', want } of [
    { words: 'pods', want: ['pod in n'] },
    { words: 'Pod', want: ['pod in n'] },
    { words: 'po a b', want: ['pod in n: a', 'pod in n: b'] },
    { words: 'deploy,svc', want: ['deployment.apps in n', 'service in n'] },
    { words: 'deploy,svc a', want: ['deployment.apps in n: a', 'service in n: a'] },
    { words: 'pods,', want: ['pod in n'] },
    { words: 'pod/a svc/b', want: ['pod in n: a', 'service in n: b'] },
    { words: 'nodes', want: ['node'] },
    { words: 'node/a', want: ['node: a'] },
    { words: 'pods', namespace: '', want: ['pod'] },
    { words: 'no/a', namespace: '', want: ['node: a'] },
    { words: 'events', want: ['event in n'] },
    { words: 'events.events.k8s.io', want: ['event.events.k8s.io in n'] },
    { words: 'ev.v1.events.k8s.io', want: ['event.events.k8s.io in n'] },
    { words: 'deployments.apps', want: ['deployment.apps in n'] },
    { words: 'deployments.v1.apps', want: ['deployment.apps in n'] },
    { words: 'pods.v1', want: ['pod in n'] },
    {
      words: 'all', // Each kind once, in its preferred version, and only what can be listed.
      want: [
        'pod in n',
        'service in n',
        'deployment.apps in n',
        'horizontalpodautoscaler.autoscaling in n',
      ],
    },
    { words: 'hpa', want: ['horizontalpodautoscaler.autoscaling in n'] },
  ]) {
    test(`${words}${namespace ? '' : ' everywhere'}`, async () => {
      const found = await selectResources(servingCluster(), words.split(' '), {
        namespace: namespace || undefined,
      });
      const shown = found.map(
        (selection) =>
          titleOf(selection.resource) +
          (selection.namespace ? ` in ${selection.namespace}` : '') +
          (selection.name ? `: ${selection.name}` : ''),
      );
      assert.deepEqual(shown, want);
      if (words === 'hpa') assert.equal(found[0]?.resource.version, 'v2');
    });
  }
});

describe('what means nothing', () => {
  for (const { words, namespace = 'n', message, advice } of [
    {
      words: 'podz',
      message: 'the server doesn\'t have a resource type "podz"',
      advice: 'Did you mean "pods"?',
    },
    {
      words: 'deplyments.apps',
      message: 'the server doesn\'t have a resource type "deplyments.apps"',
      advice: 'Did you mean "deployments"?',
    },
    {
      words: 'nothing/a',
      message: 'the server doesn\'t have a resource type "nothing"',
      advice: 'See "kubectl api-resources" for what it has.',
    },
    {
      words: 'pods.apps',
      message: 'the server doesn\'t have a resource type "pods.apps"',
      advice: 'Did you mean "pods"?',
    },
    { words: 'pod/a b', message: '"b" is not TYPE/NAME', advice: /^Write either/ },
    { words: 'pod/a/b', message: '"pod/a/b" is not TYPE/NAME', advice: /^Write either/ },
    { words: 'pod/', message: '"pod/" is not TYPE/NAME', advice: /^Write either/ },
    { words: ',', message: 'no type was named', advice: /^Name one/ },
    {
      words: 'pod a',
      namespace: '',
      message: '"a" is the name of one object, not of one in each namespace',
      advice: /--all-namespaces/,
    },
  ]) {
    test(words, async () => {
      const selecting = selectResources(servingCluster(), words.split(' '), {
        namespace: namespace || undefined,
      });
      await assert.rejects(selecting, (error: CommandError) => {
        assert.equal(error.message, message);
        if (typeof advice === 'string') assert.equal(error.advice, advice);
        else assert.match(error.advice ?? '', advice);
        return true;
      });
    });
  }
});

test('where single objects are meant, a name must be given', async () => {
  const place = { namespace: 'n' };
  const [found] = await selectNamed(servingCluster(), ['deploy/a'], place);
  assert.equal(found?.name, 'a');
  await assert.rejects(selectNamed(servingCluster(), ['pods'], place), {
    message: 'which of the pods? A name is missing',
    advice: 'Write pod/NAME; "tutti get pods" lists them.',
  });
});
