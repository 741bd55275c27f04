import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellsOf, changed, made, refusals, withStatus } from '../fixture.ts';
import { limitRanges } from './limit-range.ts';
import { resourceQuotas } from './resource-quota.ts';

// Goal: what ranges and quotas fill in, refuse and show.

const range = (item: object) => ({ spec: { limits: [{ type: 'Container', ...item }] } });

for (const { name, item, limit, request } of [
  { name: 'the most', item: { max: { cpu: '2' } }, limit: { cpu: '2' }, request: { cpu: '2' } },
  { name: 'the least', item: { min: { cpu: '1' } }, limit: undefined, request: { cpu: '1' } },
  {
    name: 'what is said',
    item: { max: { cpu: '2' }, default: { cpu: '1' }, defaultRequest: { cpu: '500m' } },
    limit: { cpu: '1' },
    request: { cpu: '500m' },
  },
  {
    name: 'the limit rather than the least',
    item: { min: { cpu: '1' }, default: { cpu: '2' } },
    limit: { cpu: '2' },
    request: { cpu: '2' },
  },
  {
    name: 'nothing for pods',
    item: { type: 'Pod', max: { cpu: '2' } },
    limit: undefined,
    request: undefined,
  },
]) {
  test(`containers that do not say get ${name}`, () => {
    const [found] = made(limitRanges, range(item)).spec.limits ?? [];
    assert.deepEqual([found?.default, found?.defaultRequest], [limit, request]);
  });
}

for (const { name, item, want } of [
  {
    name: 'a ratio that can not be',
    item: { min: { cpu: '1' }, max: { cpu: '2' }, maxLimitRequestRatio: { cpu: '3' } },
    want: [
      'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000',
    ],
  },
  {
    name: 'a type of its own without a domain',
    item: { type: 'Odd' },
    want: [
      'spec.limits[0].type: Invalid value: "Odd": must be a standard limit type or fully qualified',
    ],
  },
  { name: 'a type of its own', item: { type: 'a.example/Odd' }, want: [] },
  {
    name: 'devices half asked for',
    item: { default: { 'a.example/gpu': '2' }, defaultRequest: { 'a.example/gpu': '1' } },
    want: [
      'spec.limits[0].defaultRequest[a.example/gpu]: Invalid value: "1": default value 2 must equal to defaultRequest value 1 in a.example/gpu',
    ],
  },
]) {
  test(`a range with ${name}`, () => assert.deepEqual(refusals(limitRanges, range(item)), want));
}

const selector = (requirement: object) => ({
  scopeSelector: { matchExpressions: [requirement] },
});

for (const { name, spec, want } of [
  {
    name: 'nothing wrong',
    spec: { hard: { pods: '3', 'count/widgets.a.example': '1', 'requests.cpu': '500m' } },
    want: [],
  },
  {
    name: 'half a pod',
    spec: { hard: { pods: '1500m' } },
    want: ['spec.hard[pods]: Invalid value: "1500m": must be an integer'],
  },
  {
    name: 'a scope that is none, of which nobody knows what it fits',
    spec: { hard: { services: '1' }, scopes: ['Odd'] },
    want: ['spec.scopes: Invalid value: ["Odd"]: unsupported scope'],
  },
  {
    name: 'scopes that exclude each other',
    spec: { hard: { pods: '1' }, scopes: ['Terminating', 'NotTerminating'] },
    want: ['spec.scopes: Invalid value: ["Terminating","NotTerminating"]: conflicting scopes'],
  },
  {
    name: 'a scope of pods for what is no pod',
    spec: { hard: { services: '1' }, scopes: ['BestEffort'] },
    want: ['spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource'],
  },
  {
    name: 'a priority among none',
    spec: { hard: { pods: '1' }, ...selector({ scopeName: 'PriorityClass', operator: 'In' }) },
    want: [
      "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
    ],
  },
]) {
  test(`a quota with ${name}`, () => assert.deepEqual(refusals(resourceQuotas, { spec }), want));
}

test('scopes of a quota stay', () => {
  const previous = made(resourceQuotas, { spec: { hard: { pods: '1' }, scopes: ['BestEffort'] } });
  assert.deepEqual(changed(resourceQuotas, previous, { spec: { scopes: null } }).errors, [
    'spec.scopes: Invalid value: []: field is immutable',
  ]);
  assert.deepEqual(changed(resourceQuotas, previous, { spec: { hard: { pods: '2' } } }).errors, []);
});

test('cells tell what is used of what was granted', () => {
  const status = {
    hard: { pods: '3', 'limits.cpu': '2', 'requests.cpu': '1' },
    used: { pods: '1', 'limits.cpu': '500m' },
  };
  const cells = cellsOf(resourceQuotas, withStatus(made(resourceQuotas, {}), status));
  assert.equal(cells.Request, 'pods: 1/3, requests.cpu: 0/1');
  assert.equal(cells.Limit, 'limits.cpu: 500m/2');
});

for (const { name, requirement, want } of [
  {
    name: 'a scope that is only there or not',
    requirement: [{ scopeName: 'BestEffort', operator: 'In', values: ['a'] }],
    want: [
      'spec.scopeSelector.matchExpressions.operator: Invalid value: "In": must be \'Exists\' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity',
    ],
  },
  {
    name: 'scopes that exclude each other',
    requirement: [
      { scopeName: 'BestEffort', operator: 'Exists' },
      { scopeName: 'NotBestEffort', operator: 'Exists' },
    ],
    want: ['spec.scopeSelector.matchExpressions: Invalid value: null: conflicting scopes'],
  },
]) {
  test(`a quota with ${name}`, () => {
    const scopeSelector = { matchExpressions: requirement };
    const spec = { hard: { pods: '1' }, scopeSelector };
    assert.deepEqual(refusals(resourceQuotas, { spec }), want);
  });
}
