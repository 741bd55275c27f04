import type {
  FlowSchemaSpec,
  PriorityLevelConfigurationSpec,
} from '../generated/flowcontrol/v1/types.ts';

const ALL = ['*'];

/** All requests of the members of some groups. */
const everythingOf = (groups: readonly string[]): NonNullable<FlowSchemaSpec['rules']> => [
  {
    subjects: groups.map((name) => ({ kind: 'Group', group: { name } })),
    resourceRules: [
      { verbs: ALL, apiGroups: ALL, resources: ALL, clusterScope: true, namespaces: ALL },
    ],
    nonResourceRules: [{ verbs: ALL, nonResourceURLs: ALL }],
  },
];

/** Flow schemas that every cluster has just so, by name: without them requests fit nowhere. */
export const MANDATORY_SCHEMAS: Readonly<Record<string, FlowSchemaSpec>> = {
  exempt: {
    priorityLevelConfiguration: { name: 'exempt' },
    matchingPrecedence: 1,
    rules: everythingOf(['system:masters']),
  },
  'catch-all': {
    priorityLevelConfiguration: { name: 'catch-all' },
    matchingPrecedence: 10_000,
    distinguisherMethod: { type: 'ByUser' },
    rules: everythingOf(['system:unauthenticated', 'system:authenticated']),
  },
};

/** The priority levels that go with them. What `exempt` may use is for the administrator to say. */
export const MANDATORY_LEVELS: Readonly<Record<string, PriorityLevelConfigurationSpec>> = {
  exempt: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  'catch-all': {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: 5,
      lendablePercent: 0,
      limitResponse: { type: 'Reject' },
    },
  },
};
