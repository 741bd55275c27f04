import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, made, refusals } from '../fixture.ts';
import { loadCompiler } from './compiling.ts';
import { mutatingWebhookConfigurations } from './mutating-webhook-configuration.ts';
import { validatingWebhookConfigurations } from './validating-webhook-configuration.ts';

// Goal: webhooks say where they are, what they want to see and that they do nothing else.

await loadCompiler();

const RULE = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] };
const HOOK = {
  name: 'check.hooks.example',
  clientConfig: { url: 'https://hooks.example/check' },
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
};
const webhook = (more: object) => ({ webhooks: [{ ...HOOK, ...more }] });
const service = (more: object) =>
  webhook({ clientConfig: { service: { namespace: 'orchard', name: 'hooks', ...more } } });
const rule = (more: object) => webhook({ rules: [{ ...RULE, ...more }] });

test('what a webhook leaves out', () => {
  const { webhooks } = made(mutatingWebhookConfigurations, rule({}));
  assert.deepEqual(webhooks?.[0], {
    ...HOOK,
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
    timeoutSeconds: 10,
    rules: [{ ...RULE, scope: '*' }],
    reinvocationPolicy: 'Never',
  });
  const [checking] = made(validatingWebhookConfigurations, service({})).webhooks ?? [];
  assert.equal(checking?.clientConfig.service?.port, 443);
});

for (const { name, body, want } of [
  { name: 'an address', body: webhook({}), want: [] },
  { name: 'a service', body: service({ path: '/a/b/' }), want: [] },
  {
    name: 'nothing but a short name',
    body: { webhooks: [{ name: 'check' }] },
    want: [
      'webhooks[0].name: Invalid value: "check": should be a domain with at least three segments separated by dots',
      'webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun',
      'webhooks[0].clientConfig: Required value: exactly one of url or service is required',
      'webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1',
    ],
  },
  {
    name: 'odd choices',
    body: webhook({
      failurePolicy: 'Odd',
      matchPolicy: 'Odd',
      sideEffects: 'Some',
      timeoutSeconds: 31,
      reinvocationPolicy: 'Odd',
      admissionReviewVersions: ['v9', 'v9'],
    }),
    want: [
      'webhooks[0].failurePolicy: Unsupported value: "Odd": supported values: "Fail", "Ignore"',
      'webhooks[0].matchPolicy: Unsupported value: "Odd": supported values: "Equivalent", "Exact"',
      'webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
      'webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds',
      'webhooks[0].reinvocationPolicy: Unsupported value: "Odd": supported values: "IfNeeded", "Never"',
      'webhooks[0].admissionReviewVersions[1]: Invalid value: "v9": duplicate version',
      'webhooks[0].admissionReviewVersions: Invalid value: ["v9","v9"]: must include at least one of v1, v1beta1',
    ],
  },
  {
    name: 'an address with too much in it',
    body: webhook({ clientConfig: { url: 'http://ann:secret@/x?y=z#f' } }),
    want: [
      'webhooks[0].clientConfig.url: Invalid value: "http": \'https\' is the only allowed URL scheme; desired format: https://host[/path]',
      'webhooks[0].clientConfig.url: Invalid value: "": host must be specified; desired format: https://host[/path]',
      'webhooks[0].clientConfig.url: Invalid value: "ann:secret": user information is not permitted in the URL',
      'webhooks[0].clientConfig.url: Invalid value: "f": fragments are not permitted in the URL',
      'webhooks[0].clientConfig.url: Invalid value: "y=z": query parameters are not permitted in the URL',
    ],
  },
  {
    name: 'a service nowhere',
    body: service({ namespace: '', name: '', port: 70_000, path: 'a//b' }),
    want: [
      'webhooks[0].clientConfig.service.name: Required value: service name is required',
      'webhooks[0].clientConfig.service.namespace: Required value: service namespace is required',
      'webhooks[0].clientConfig.service.port: Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive',
      'webhooks[0].clientConfig.service.path: Invalid value: "a//b": must start with a \'/\'',
      'webhooks[0].clientConfig.service.path: Invalid value: "a//b": segment[0] may not be empty',
      'webhooks[0].clientConfig.service.path: Invalid value: "a//b": segment[1] may not be empty',
    ],
  },
  {
    name: 'a service without a name',
    body: service({ name: '' }),
    want: [
      'webhooks[0].clientConfig.service.namespace: Required value: service namespace is required',
    ],
  },
  ...[
    { url: ':', why: 'parse ":": missing protocol scheme' },
    { url: 'https://a b/#c', why: 'parse "https://a b/": invalid character " " in host name' },
  ].map(({ url, why }) => ({
    name: `an address such as ${url}`,
    body: webhook({ clientConfig: { url } }),
    want: [
      `webhooks[0].clientConfig.url: Required value: url must be a valid URL: ${why}; desired format: https://host[/path]`,
    ],
  })),
  {
    name: 'faults all over',
    body: webhook({
      reinvocationPolicy: '',
      clientConfig: {},
      matchConditions: [{ name: 'a' }],
    }),
    want: [
      'webhooks[0].reinvocationPolicy: Unsupported value: "": supported values: "IfNeeded", "Never"',
      'webhooks[0].clientConfig: Required value: exactly one of url or service is required',
      'webhooks[0].matchConditions[0].expression: Required value',
    ],
  },
  {
    name: 'rules for nothing',
    body: webhook({ rules: [{ scope: 'Odd' }] }),
    want: [
      'webhooks[0].rules[0].operations: Required value',
      'webhooks[0].rules[0].apiGroups: Required value',
      'webhooks[0].rules[0].apiVersions: Required value',
      'webhooks[0].rules[0].resources: Required value',
      'webhooks[0].rules[0].scope: Unsupported value: "Odd": supported values: "*", "Cluster", "Namespaced"',
    ],
  },
  {
    name: 'rules for everything and more',
    body: rule({
      operations: ['*', 'CREATE', 'LOOK'],
      apiVersions: ['*', ''],
      apiGroups: ['*', 'a'],
    }),
    want: [
      'webhooks[0].rules[0].operations: Invalid value: ["*","CREATE","LOOK"]: if \'*\' is present, must not specify other operations',
      'webhooks[0].rules[0].operations[2]: Unsupported value: "LOOK": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"',
      'webhooks[0].rules[0].apiGroups: Invalid value: ["*","a"]: if \'*\' is present, must not specify other API groups',
      'webhooks[0].rules[0].apiVersions: Invalid value: ["*",""]: if \'*\' is present, must not specify other API versions',
      'webhooks[0].rules[0].apiVersions[1]: Required value',
    ],
  },
  {
    name: 'conditions',
    body: webhook({
      matchConditions: [{ name: 'a', expression: 'true' }, { name: 'a', expression: ' ' }, {}],
    }),
    want: [
      'webhooks[0].matchConditions[1].expression: Required value',
      'webhooks[0].matchConditions[1].name: Duplicate value: "a"',
      'webhooks[0].matchConditions[2].expression: Required value',
      'webhooks[0].matchConditions[2].name: Required value',
    ],
  },
]) {
  test(`a webhook with ${name}`, () =>
    assert.deepEqual(refusals(mutatingWebhookConfigurations, body), want));
}

for (const { resources, want } of [
  { resources: ['pods', 'pods/status', '*/scale'], want: [] },
  { resources: ['pods', '*'], want: [] },
  {
    resources: ['*', 'pods'],
    want: [
      ': Invalid value: ["*","pods"]: if \'*\' is present, must not specify other resources without subresources',
    ],
  },
  {
    resources: ['*/*', 'pods'],
    want: [
      ': Invalid value: ["*/*","pods"]: if \'*/*\' is present, must not specify other resources',
    ],
  },
  {
    resources: ['pods/*', '*/scale', 'pods/scale', ''],
    want: [
      '[2]: Invalid value: "pods/scale": if \'pods/*\' is present, must not specify pods/scale',
      '[2]: Invalid value: "pods/scale": if \'*/scale\' is present, must not specify pods/scale',
      '[3]: Required value',
    ],
  },
]) {
  test(`rules for ${resources.join(' and ')}`, () =>
    assert.deepEqual(
      refusals(validatingWebhookConfigurations, rule({ resources })),
      want.map((text) => `webhooks[0].rules[0].resources${text}`),
    ));
}

test('two webhooks of one name', () =>
  assert.deepEqual(refusals(validatingWebhookConfigurations, { webhooks: [HOOK, HOOK] }), [
    'webhooks[1].name: Duplicate value: "check.hooks.example"',
  ]));

test('cells', () => {
  const none = cellsOf(validatingWebhookConfigurations, made(validatingWebhookConfigurations, {}));
  const one = cellsOf(
    mutatingWebhookConfigurations,
    made(mutatingWebhookConfigurations, webhook({})),
  );
  assert.deepEqual([none.Webhooks, one.Webhooks], [0, 1]);
});
