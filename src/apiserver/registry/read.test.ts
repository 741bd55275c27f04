import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import type { RequestOptions } from '../../machinery/api-request.ts';
import type { KubeList } from '../../machinery/object.ts';
import { createTestHeart, refusal, type TestHeart } from '../testing.ts';

// Goal: what is wrong with a list is said in the order and the words in which Kubernetes says it.

suite('a list', () => {
  let heart: TestHeart;

  const list = async (options: RequestOptions, namespace: string | undefined = 'default') => {
    const request = { verb: 'list', plural: 'configmaps', namespace, options } as const;
    return (await heart.answer(request)).object as KubeList;
  };

  before(async () => {
    heart = await createTestHeart();
    for (const name of ['a', 'b', 'c']) {
      const address = { plural: 'configmaps', namespace: 'default' };
      await heart.send({ verb: 'create', ...address, body: { metadata: { name } } });
    }
  });

  const tokenOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = tokenOf({ v: 'meta.k8s.io/v1', rv: -1, start: 'a\0' });

  for (const { name, options, code = 400, message } of [
    {
      name: 'a token and a version',
      options: { continue: token, resourceVersion: 'abc' },
      message: 'specifying resource version is not allowed when using continue',
    },
    {
      name: 'a token that is none, and a version',
      options: { continue: 'x!', resourceVersion: '5' },
      message: /^invalid continue token: continue key is not valid: illegal base64/,
    },
    {
      name: 'a version that is too large for any',
      options: { resourceVersion: '18446744073709551616' },
      message: /parsing "18446744073709551616": value out of range$/,
    },
    {
      name: 'a selector that is none, and options',
      options: { labelSelector: '=', resourceVersionMatch: 'x' },
      message: /^found '='/,
    },
    {
      name: 'options, and a field that is not known',
      options: { fieldSelector: 'x=1', resourceVersionMatch: 'x' },
      code: 422,
      message: /^ListOptions\.meta\.k8s\.io "" is invalid: /,
    },
  ]) {
    test(`with ${name}`, () => assert.rejects(list(options), refusal(code, message)));
  }

  const namesOf = ({ items }: KubeList) => items.map(({ metadata }) => metadata.name);

  test('goes on after the key in a token, which is relative to what is listed', async () => {
    assert.deepEqual(namesOf(await list({ continue: token })), ['b', 'c']);
    const { metadata } = await list({ limit: 1 });
    const { start } = JSON.parse(Buffer.from(metadata.continue ?? '', 'base64url').toString());
    assert.equal(start, 'a\0');
  });

  for (const { group = '', plural, fieldSelector, message } of [
    { plural: 'pods', fieldSelector: 'spec.host=a' },
    { plural: 'pods', fieldSelector: 'status.podIPs=10.0.0.1' },
    { group: 'events.k8s.io', plural: 'events', fieldSelector: 'source=a' },
    {
      plural: 'pods',
      fieldSelector: 'spec.dnsPolicy=a',
      message: 'field label not supported: spec.dnsPolicy',
    },
    {
      group: 'resource.k8s.io',
      plural: 'resourceslices',
      fieldSelector: 'x=1',
      message: 'field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: x',
    },
  ]) {
    test(`of ${plural} by ${fieldSelector}`, async () => {
      const asked = heart.answer({ verb: 'list', group, plural, options: { fieldSelector } });
      if (message === undefined) await asked;
      else await assert.rejects(asked, refusal(400, message));
    });
  }

  test('of one object by its name has one page', async () => {
    const one = await list({ fieldSelector: 'metadata.name=a', limit: 1 });
    assert.deepEqual([namesOf(one), one.metadata.continue], [['a'], undefined]);
  });
});
