import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { User } from '../../../machinery/api-request.ts';
import { isStatusError } from '../../../machinery/status.ts';
import { ADMIN, createTestHeart } from '../../testing.ts';

// Goal: pin what becomes of a write under a policy: who is asked, what is said, what is changed.

const GROUP = { group: 'admissionregistration.k8s.io', version: 'v1' };
const MAPS = { plural: 'configmaps', namespace: 'default' };

const heart = await createTestHeart({
  authorizer: {
    allows: ({ groups }, { verb }) => groups.includes('system:masters') || verb === 'create',
    allowsPath: (_, verb, path) => verb === 'get' && path === '/healthz',
  },
});

const rule = (more: object = {}) => ({
  ...{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] },
  ...more,
});

interface Case {
  readonly policy: object;
  readonly binding?: object;
  readonly match?: object;
}

/** Puts a policy in force, and takes it away again. */
async function under(stem: string, given: Case, action: () => Promise<void>): Promise<void> {
  const { policy, binding = {}, match = {} } = given;
  const kinds = { policies: `${stem}policies`, bindings: `${stem}policybindings` };
  const matchConstraints = { resourceRules: [rule()], ...match };
  const body = { metadata: { name: 'p' }, spec: { matchConstraints, ...policy } };
  await heart.send({ ...GROUP, verb: 'create', plural: kinds.policies, body });
  const spec = { policyName: 'p', ...binding };
  const bound = { metadata: { name: 'b' }, spec };
  await heart.send({ ...GROUP, verb: 'create', plural: kinds.bindings, body: bound });
  await followed();
  try {
    await action();
  } finally {
    await heart.send({ ...GROUP, verb: 'delete', plural: kinds.bindings, name: 'b' });
    await heart.send({ ...GROUP, verb: 'delete', plural: kinds.policies, name: 'p' });
    await followed();
  }
}

// Policies are followed as others follow the store: a turn later.
const followed = async () => {
  for (let i = 0; i < 5; i++) await turn();
};

interface Write {
  readonly name?: string;
  readonly data?: object;
  readonly labels?: object;
  readonly user?: User;
}

/** What a dry create of a ConfigMap is answered. */
async function write({ name = 'm', data, labels, user = ADMIN }: Write) {
  const body = { metadata: { name, ...(labels && { labels }) }, ...(data && { data }) };
  return heart.answer({ ...MAPS, verb: 'create', body, options: { dryRun: ['All'] } }, user);
}

async function refusalOf(given: Write) {
  try {
    await write(given);
    return undefined;
  } catch (error) {
    assert.ok(isStatusError(error), `${error}`);
    return error;
  }
}

const denied = (why: string) =>
  `configmaps "m" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ${why}`;
const DENY = { validationActions: ['Deny'] };
const validation = (expression: string, more: object = {}) => ({
  validations: [{ expression, ...more }],
});
const CONFIG_MAP_PARAMS = { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } };

for (const { name, code = 422, want, ...given } of [
  { name: 'one that holds', policy: validation("object.metadata.name == 'm'") },
  {
    name: 'one that fails',
    policy: validation("  object.metadata.name != 'm'  "),
    want: "failed expression: object.metadata.name != 'm'",
  },
  {
    name: 'a message of several lines',
    policy: validation('false', { messageExpression: "'a\\nb'", message: ' plain ' }),
    want: 'plain',
  },
  {
    name: 'a message that can not be made',
    policy: validation('false', { messageExpression: 'string(object.ghost)', message: 'plain' }),
    want: 'plain',
  },
  {
    name: 'a condition that does not hold',
    policy: {
      ...validation('false'),
      matchConditions: [{ name: 'a', expression: "request.operation == 'DELETE'" }],
    },
  },
  {
    name: 'conditions that fail',
    policy: {
      ...validation('false'),
      matchConditions: [
        { name: 'a', expression: 'object.ghost == 1' },
        { name: 'b', expression: 'object.wight == 1' },
      ],
    },
    want: "[expression 'object.ghost == 1' resulted in error: no such key: ghost, expression 'object.wight == 1' resulted in error: no such key: wight]",
  },
  {
    name: 'a condition that fails beside one that does not hold',
    policy: {
      ...validation('false'),
      matchConditions: [
        { name: 'a', expression: 'object.ghost == 1' },
        { name: 'b', expression: 'false' },
      ],
    },
  },
  {
    name: 'failures that are overlooked',
    policy: { ...validation('object.ghost == 1'), failurePolicy: 'Ignore' },
  },
  {
    name: 'a variable that fails',
    policy: {
      ...validation('variables.a'),
      variables: [{ name: 'a', expression: 'object.ghost == 1' }],
    },
    want: `expression 'variables.a' resulted in error: composited variable "a" fails to evaluate: no such key: ghost`,
  },
  {
    name: 'a variable that nobody reads',
    policy: {
      ...validation('true || variables.a'),
      variables: [{ name: 'a', expression: 'object.ghost == 1' }],
    },
  },
  {
    name: 'the request',
    policy: validation(
      "[request.kind.kind, request.resource.resource, request.requestKind.version, request.name, request.namespace, request.operation, request.userInfo.username, string(request.dryRun), string(request.options.kind)].join('/') == 'ConfigMap/configmaps/v1/m/default/CREATE/admin/true/CreateOptions' && !has(request.subResource) && oldObject == null && object.kind == 'ConfigMap'",
    ),
  },
  {
    name: 'what the user may do',
    policy: validation("authorizer.requestResource.check('delete').allowed()"),
  },
  {
    name: 'what an account may not do',
    policy: validation(
      "authorizer.serviceAccount('default', 'x').group('').resource('pods').namespace('default').check('delete').allowed() || !authorizer.path('/healthz').check('get').allowed()",
      { reason: 'Forbidden' },
    ),
    code: 403,
    want: "failed expression: authorizer.serviceAccount('default', 'x').group('').resource('pods').namespace('default').check('delete').allowed() || !authorizer.path('/healthz').check('get').allowed()",
  },
  {
    name: 'a budget that is used up',
    policy: {
      validations: Array.from({ length: 30 }, (_, i) => ({
        expression: `authorizer.group('').resource('pods').check('v${i}').allowed()`,
      })),
    },
    want: 'validation failed due to running out of cost budget, no further validation rules will be run',
  },
  {
    name: 'an annotation that fails, whatever is to be done',
    policy: { auditAnnotations: [{ key: 'a', valueExpression: "'x' + string(object.ghost)" }] },
    binding: { validationActions: ['Audit'] },
    want: "expression ''x' + string(object.ghost)' resulted in error: no such key: ghost",
  },
  {
    name: 'another resource',
    policy: validation('false'),
    match: { resourceRules: [rule({ resources: ['secrets', 'configmaps/status'] })] },
  },
  {
    name: 'another operation',
    policy: validation('false'),
    match: { resourceRules: [rule({ operations: ['UPDATE', 'DELETE'] })] },
  },
  {
    name: 'cluster scope',
    policy: validation('false'),
    match: { resourceRules: [rule({ scope: 'Cluster' })] },
  },
  {
    name: 'rules for other names',
    policy: validation('false'),
    match: { resourceRules: [rule({ resourceNames: ['other'] })] },
  },
  {
    name: 'names of resources',
    policy: validation('false', { message: 'no' }),
    match: { resourceRules: [rule({ resourceNames: ['other', 'm'] })] },
    want: 'no',
  },
  {
    name: 'an exclusion',
    policy: validation('false'),
    match: { excludeResourceRules: [rule({ apiGroups: ['*'], apiVersions: ['*'] })] },
  },
  {
    name: 'labels that the object lacks',
    policy: validation('false'),
    match: { objectSelector: { matchLabels: { a: 'b' } } },
  },
  {
    name: 'labels of the namespace, by the binding',
    policy: validation('false', { message: 'no' }),
    binding: {
      ...DENY,
      matchResources: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } },
      },
    },
    want: 'no',
  },
  {
    name: 'a kind of parameters that is not served',
    policy: { ...validation('true'), paramKind: { apiVersion: 'x.y/v1', kind: 'Z' } },
    want: "failed to configure policy: failed to find resource referenced by paramKind: 'x.y/v1, Kind=Z'",
  },
  {
    name: 'a parameter that is not there',
    policy: { ...validation('true'), ...CONFIG_MAP_PARAMS },
    binding: { ...DENY, paramRef: { name: 'ghost', parameterNotFoundAction: 'Deny' } },
    want: 'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
  },
  {
    name: 'a parameter that need not be there',
    policy: { ...validation('false'), ...CONFIG_MAP_PARAMS },
    binding: { ...DENY, paramRef: { name: 'ghost', parameterNotFoundAction: 'Allow' } },
  },
  {
    name: 'no parameter at all',
    policy: { ...validation('params == null'), ...CONFIG_MAP_PARAMS },
  },
  {
    name: 'a namespace for parameters without one',
    policy: { ...validation('true'), paramKind: { apiVersion: 'v1', kind: 'Node' } },
    binding: {
      ...DENY,
      paramRef: { name: 'n', namespace: 'default', parameterNotFoundAction: 'Deny' },
    },
    want: 'failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`',
  },
  {
    name: 'parameters of all namespaces that a selector finds',
    policy: {
      ...validation('params.metadata.name != params.metadata.name', {
        messageExpression: "'by ' + params.metadata.name",
      }),
      paramKind: { apiVersion: 'v1', kind: 'Namespace' },
    },
    binding: {
      ...DENY,
      paramRef: {
        selector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
        parameterNotFoundAction: 'Deny',
      },
    },
    want: 'by kube-system',
  },
] as (Case & { name: string; code?: number; want?: string })[]) {
  test(`a validation with ${name}`, () =>
    under('validatingadmission', { binding: DENY, ...given }, async () => {
      const error = await refusalOf({});
      const isPolicyWide = want?.startsWith('failed to configure policy') === true;
      const message = denied(want ?? '').replace(isPolicyWide ? " with binding 'b'" : '', '');
      assert.equal(error?.message, want === undefined ? undefined : message);
      if (error === undefined) return;
      assert.equal(error.code, code);
      const cause = error.message.replace('configmaps "m" is forbidden: ', '');
      assert.deepEqual(error.details?.causes, [{ message: cause }]);
    }));
}

test('a policy that only warns lets writes through', () =>
  under(
    'validatingadmission',
    { policy: validation('false', { message: 'no' }), binding: { validationActions: ['Warn'] } },
    async () => {
      const { warnings } = await write({});
      assert.deepEqual(warnings, [
        "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': no",
      ]);
    },
  ));

test('a policy for one version is asked about all, in the version it names', () =>
  under(
    'validatingadmission',
    {
      policy: validation('request.kind.version != request.requestKind.version', {
        messageExpression: "request.kind.version + ' ' + object.apiVersion",
      }),
      match: {
        resourceRules: [
          rule({
            ...{ apiGroups: ['autoscaling'], apiVersions: ['v1'] },
            resources: ['horizontalpodautoscalers'],
          }),
        ],
      },
      binding: DENY,
    },
    async () => {
      const body = {
        metadata: { name: 'h' },
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
          maxReplicas: 2,
        },
      };
      const at = { plural: 'horizontalpodautoscalers', namespace: 'default', group: 'autoscaling' };
      const options = { dryRun: ['All'] };
      const create = (version: string) =>
        heart.send({ ...at, version, verb: 'create', body, options });
      assert.equal((await create('v2')).apiVersion, 'autoscaling/v2');
      await assert.rejects(create('v1'), /denied request: v1 autoscaling\/v1$/);
    },
  ));

test('policies are not asked about policies, so that they can be taken back', () =>
  under(
    'validatingadmission',
    {
      policy: validation('false'),
      match: {
        resourceRules: [rule({ apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] })],
      },
      binding: DENY,
    },
    async () => {
      const name = { ...GROUP, plural: 'validatingadmissionpolicies', name: 'p' };
      const body = { metadata: { labels: { a: 'b' } } };
      await heart.send({ ...name, verb: 'patch', patchType: 'merge', body });
      await assert.rejects(write({}), /denied request/);
    },
  ));

const apply = (expression: string) => ({
  patchType: 'ApplyConfiguration',
  applyConfiguration: { expression },
});
const patch = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } });
const failed = (why: string) => `policy 'p' with binding 'b' denied request: ${why}`;

for (const { name, mutations, code = 403, data, want, ...given } of [
  { name: 'a merge', mutations: [apply('Object{data: {"a": "1"}}')], data: { k: 'v', a: '1' } },
  {
    name: 'two, the second of what the first made',
    mutations: [
      apply('Object{data: {"a": "1"}}'),
      patch(`[JSONPatch{op: "add", path: "/data/b", value: object.data.a + "2"}]`),
    ],
    data: { k: 'v', a: '1', b: '12' },
  },
  {
    name: 'a test that fails',
    mutations: [patch(`[JSONPatch{op: "test", path: "/data/k", value: "x"}]`)],
    data: { k: 'v' },
  },
  {
    name: 'a path that is escaped',
    mutations: [
      patch('[JSONPatch{op: "add", path: "/metadata/annotations", value: {"x.y/z": "1"}}]'),
      patch(
        '[JSONPatch{op: "copy", from: "/metadata/annotations/" + jsonpatch.escapeKey("x.y/z"), path: "/data/c"}]',
      ),
    ],
    data: { k: 'v', c: '1' },
  },
  {
    name: 'an object made for where it is put',
    mutations: [patch('[JSONPatch{op: "add", path: "/data", value: Object.data{z: "1"}}]')],
    data: { z: '1' },
  },
  {
    name: 'an object in another that stands elsewhere',
    mutations: [
      patch('[JSONPatch{op: "add", path: "/data", value: Object.data{z: Object.data.y{}}}]'),
    ],
    want: failed(
      'type mismatch: unexpected type name "Object.data.y", expected "Object.data.z", which matches field name path from root Object type',
    ),
  },
  {
    name: 'a field that there is none of',
    mutations: [apply('Object{nope: 1}')],
    want: failed(
      'error applying patch: failed to convert patch object to typed object: .nope: field not declared in schema',
    ),
  },
  {
    name: 'types that do not stand where they say',
    mutations: [apply('Object{metadata: Object.spec{labels: {"a": "b"}}}')],
    want: failed(
      'type mismatch: unexpected type name "Object.spec", expected "Object.metadata", which matches field name path from root Object type',
    ),
  },
  {
    name: 'a path that is not there',
    mutations: [patch(`[JSONPatch{op: "remove", path: "/data/ghost"}]`)],
    want: failed(
      "JSON Patch: error in remove for path: '/data/ghost': Unable to remove nonexistent key: ghost: missing value",
    ),
  },
  {
    name: 'an expression that fails',
    mutations: [apply('Object{data: {"a": string(object.ghost)}}')],
    want: failed(
      `expression 'Object{data: {"a": string(object.ghost)}}' resulted in error: no such key: ghost`,
    ),
  },
  {
    name: 'a failure that is overlooked',
    mutations: [patch(`[JSONPatch{op: "remove", path: "/data/ghost"}]`)],
    more: { failurePolicy: 'Ignore' },
    data: { k: 'v' },
  },
  {
    name: 'a value of another type',
    mutations: [patch(`[JSONPatch{op: "add", path: "/data/n", value: 1}]`)],
    code: 500,
    want: 'Internal error occurred: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
  },
  {
    name: 'a field that nobody knows',
    mutations: [patch(`[JSONPatch{op: "add", path: "/ghost", value: "1"}]`)],
    code: 500,
    want: 'Internal error occurred: strict decoding error: unknown field "ghost"',
  },
  {
    name: 'a condition that does not hold',
    mutations: [apply('Object{data: {"a": "1"}}')],
    more: { matchConditions: [{ name: 'a', expression: "object.metadata.name == 'x'" }] },
    data: { k: 'v' },
  },
  {
    name: 'what is done twice if others change it meanwhile',
    mutations: [
      patch(`[JSONPatch{op: "add", path: "/data/n", value: object.?data.?n.orValue("") + "i"}]`),
    ],
    more: { reinvocationPolicy: 'IfNeeded' },
    data: { k: 'v', n: 'i' },
  },
] as {
  name: string;
  mutations: object[];
  more?: object;
  code?: number;
  data?: object;
  want?: string;
}[]) {
  test(`a mutation with ${name}`, () => {
    const { more = {} } = given;
    const policy = { mutations, reinvocationPolicy: 'Never', ...more };
    return under('mutatingadmission', { policy }, async () => {
      const error = await refusalOf({ data: { k: 'v' } });
      assert.equal(error?.message, want);
      if (error !== undefined) return assert.equal(error.code, code);
      const { object } = await write({ data: { k: 'v' } });
      assert.deepEqual((object as unknown as { data: object }).data, data);
    });
  });
}

test('lists that have one owner can not be merged', () =>
  under(
    'mutatingadmission',
    {
      policy: {
        reinvocationPolicy: 'Never',
        mutations: [
          apply(
            'Object{spec: Object.spec{containers: [Object.spec.containers{name: "a", args: ["x"]}]}}',
          ),
        ],
      },
      match: { resourceRules: [rule({ resources: ['pods'] })] },
    },
    async () => {
      const body = { metadata: { name: 'x' }, spec: { containers: [{ name: 'a', image: 'i' }] } };
      await heart.send({
        verb: 'create',
        plural: 'serviceaccounts',
        namespace: 'default',
        body: { metadata: { name: 'default' } },
      });
      const create = heart.send({ verb: 'create', plural: 'pods', namespace: 'default', body });
      await assert.rejects(create, {
        message: failed(
          'error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.containers[0].args',
        ),
      });
    },
  ));

const on = (resources: string, operation: string, apiGroups = ['']) => ({
  match: { resourceRules: [rule({ apiGroups, resources: [resources], operations: [operation] })] },
});

test('a scale is seen as a scale, and changed as one', async () => {
  const at = { group: 'apps', plural: 'deployments', namespace: 'default' };
  const labels = { app: 'a' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'i' }] } };
  const spec = { selector: { matchLabels: labels }, template };
  await heart.send({ ...at, verb: 'create', body: { metadata: { name: 'd' }, spec } });
  const scale = (replicas: number) => {
    const patched = { verb: 'patch', patchType: 'merge', body: { spec: { replicas } } } as const;
    return heart.send({ ...at, ...patched, name: 'd', subresource: 'scale' });
  };
  const policy = validation(
    "object.spec.replicas < 3 || request.kind.kind != 'Scale' || oldObject.spec.replicas > 1",
    { message: 'too many' },
  );
  const given = { policy, binding: DENY, ...on('deployments/scale', 'UPDATE', ['apps']) };
  await under('validatingadmission', given, async () => {
    await assert.rejects(
      scale(3),
      /^StatusError: deployments.apps "d" is forbidden: .*: too many$/,
    );
    assert.deepEqual((await scale(2)).spec, { replicas: 2 });
  });
  const mutation = { mutations: [apply('Object{spec: Object.spec{replicas: 7}}')] };
  const changing = {
    policy: { ...mutation, reinvocationPolicy: 'Never' },
    ...on('deployments/scale', 'UPDATE', ['apps']),
  };
  await under('mutatingadmission', changing, async () => {
    assert.deepEqual((await scale(4)).spec, { replicas: 7 });
  });
});

test('connections are asked about by what they are for', () => {
  const policy = validation("!('sh' in object.command) || has(object.tty)", {
    message: 'no shells',
  });
  const given = { policy, binding: DENY, ...on('pods/exec', 'CONNECT') };
  return under('validatingadmission', given, async () => {
    const request = { verb: 'create', group: '', version: 'v1', plural: 'pods' } as const;
    const at = { ...request, namespace: 'default', name: 'x', subresource: 'exec', options: {} };
    const connect = async (query: string) =>
      heart.heart.connect(at, ADMIN, { query, rest: undefined });
    await assert.rejects(connect('command=sh&command=-c&stdout=true&tty=false'), /no shells$/);
    await assert.rejects(connect('command=ls&tty=true'), /pods "x" not found$/);
  });
});

test('an eviction is asked about before the pod goes', () => {
  const policy = validation('object.metadata.name != request.name || request.kind.kind == ""', {
    message: 'it stays',
  });
  const given = { policy, binding: DENY, ...on('pods/eviction', 'CREATE') };
  return under('validatingadmission', given, async () => {
    const at = { plural: 'pods', namespace: 'default', name: 'x', subresource: 'eviction' };
    const evict = heart.send({ ...at, verb: 'create', body: { metadata: { name: 'x' } } });
    await assert.rejects(evict, /it stays$/);
  });
});

test('a binding is asked about by where it leads', () => {
  const policy = validation("object.target.name != 'closed'", { message: 'not there' });
  const given = { policy, binding: DENY, ...on('pods/binding', 'CREATE') };
  return under('validatingadmission', given, async () => {
    const at = { plural: 'pods', namespace: 'default', name: 'x', subresource: 'binding' };
    const bind = (name: string) =>
      heart.send({
        ...at,
        verb: 'create',
        body: { metadata: { name: 'x' }, target: { kind: 'Node', name } },
      });
    await assert.rejects(bind('closed'), /not there$/);
    await assert.rejects(bind('open'), /pods "x" not found$/);
  });
});

test('policies are asked about webhooks', () => {
  const rules = [rule({ apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] })];
  const given = { policy: validation('false'), match: { resourceRules: rules }, binding: DENY };
  return under('validatingadmission', given, async () => {
    const webhooks = { ...GROUP, plural: 'validatingwebhookconfigurations' };
    const create = heart.send({ ...webhooks, verb: 'create', body: { metadata: { name: 'w' } } });
    await assert.rejects(create, /denied request: failed expression: false$/);
  });
});
