// Which writes policies and webhooks are asked about.
import type {
  MatchResources,
  NamedRuleWithOperations,
  RuleWithOperations,
} from '../../api/generated/admissionregistration/v1/types.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { LabelSelector, type Labels } from '../../machinery/selector/label-selector.ts';
import { notFound } from '../../machinery/status.ts';
import type { Store } from '../../store/store.ts';
import type { ResourceTable } from '../registry/resource-table.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { AdmissionAttributes } from './admission.ts';

/** What is needed to tell what a write is about. */
export interface MatchParts {
  readonly store: Store<KubeObject>;
  readonly table: ResourceTable;
}

/** What chooses writes: of a webhook, or of a policy or binding. */
export interface Criteria extends Omit<MatchResources, 'resourceRules'> {
  /** All writes, for a binding without rules. */
  readonly rules: readonly (RuleWithOperations & Partial<NamedRuleWithOperations>)[] | undefined;
}

const NAMESPACES = { group: '', plural: 'namespaces' };
const GROUP = 'admissionregistration.k8s.io';
const POLICIES = /^(validating|mutating)admissionpolic(ies|ybindings)$/;
const WEBHOOKS = /^(validating|mutating)webhookconfigurations$/;

/** No policy is asked about policies: one could lock everyone out. */
export const isPolicy = ({ definition: { group, plural } }: AdmissionAttributes): boolean =>
  group === GROUP && POLICIES.test(plural);

/** No webhook is asked about policies and webhooks. */
export const isPolicyOrWebhook = (attributes: AdmissionAttributes): boolean =>
  isPolicy(attributes) ||
  (attributes.definition.group === GROUP && WEBHOOKS.test(attributes.definition.plural));

const isNamespace = ({ definition: { group, plural } }: AdmissionAttributes): boolean =>
  group === '' && plural === 'namespaces';

/** The namespace as admission has it: that of a new namespace is itself. */
export const namespaceOf = (attributes: AdmissionAttributes): string =>
  (isNamespace(attributes) && attributes.operation === 'CREATE'
    ? attributes.name
    : attributes.namespace) ?? '';

/**
 * The version of the resource in which a write matches: its own, or one that means the same.
 * Undefined when it doesn't. Throws NotFound for a namespace that has to be asked and isn't there.
 */
export function matchedVersion(
  parts: MatchParts,
  criteria: Criteria,
  attributes: AdmissionAttributes,
): ServedResource | undefined {
  if (!matchesObject(criteria, attributes)) return undefined;
  if (matchedByRules(parts, criteria, criteria.excludeResourceRules ?? [], attributes)) {
    return undefined;
  }
  const matched =
    criteria.rules === undefined
      ? attributes.resource
      : matchedByRules(parts, criteria, criteria.rules, attributes);
  if (matched === undefined || !matchesNamespace(parts, criteria, attributes)) return undefined;
  return matched;
}

function matchedByRules(
  { table }: MatchParts,
  { matchPolicy }: Criteria,
  rules: NonNullable<Criteria['rules']>,
  attributes: AdmissionAttributes,
): ServedResource | undefined {
  const { resource } = attributes;
  if (rules.some((rule) => matchesRule(rule, attributes, resource))) return resource;
  if (matchPolicy === undefined || matchPolicy === 'Exact') return undefined;
  // Only the versions are of interest in which there is a rule at all.
  const others = equivalentsOf(table, resource);
  for (const rule of rules) {
    const found = others.find((other) => matchesRule(rule, attributes, other));
    if (found !== undefined) return found;
  }
  return undefined;
}

function matchesRule(
  rule: NonNullable<Criteria['rules']>[number],
  attributes: AdmissionAttributes,
  { group, version, plural }: ServedResource,
): boolean {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  const hasOneOf = (items: readonly string[], one: string) =>
    items.includes('*') || items.includes(one);
  return (
    hasOneOf(operations, attributes.operation) &&
    hasOneOf(apiGroups, group) &&
    hasOneOf(apiVersions, version) &&
    matchesScope(scope, attributes) &&
    resources.some((pattern) => matchesResource(pattern, plural, attributes.subresource)) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(attributes.name))
  );
}

function matchesScope(scope: string | undefined, attributes: AdmissionAttributes): boolean {
  if (scope === undefined || scope === '*') return true;
  const isCluster = isNamespace(attributes) || !attributes.namespace;
  return isCluster === (scope === 'Cluster');
}

function matchesResource(pattern: string, plural: string, subresource = ''): boolean {
  const [name, sub = ''] = pattern.split(/\/(.*)/s);
  return (name === '*' || name === plural) && (sub === '*' || sub === subresource);
}

const equivalents = new WeakMap<ResourceTable, Map<string, readonly ServedResource[]>>();
const generations = new WeakMap<ResourceTable, number>();

/** The same resource in other versions and groups. */
function equivalentsOf(table: ResourceTable, resource: ServedResource): readonly ServedResource[] {
  let known = equivalents.get(table);
  if (known === undefined || generations.get(table) !== table.generation) {
    known = Map.groupBy(table.list(), ({ keyPrefix }) => keyPrefix);
    equivalents.set(table, known);
    generations.set(table, table.generation);
  }
  return known.get(resource.keyPrefix)?.filter((each) => each !== resource) ?? [];
}

const selectors = new WeakMap<object, LabelSelector>();

function selectorOf(selector: MatchResources['objectSelector']): LabelSelector {
  if (selector === undefined || selector === null) return LabelSelector.nothing;
  let found = selectors.get(selector);
  if (found === undefined) {
    found = LabelSelector.from(selector);
    selectors.set(selector, found);
  }
  return found;
}

function matchesObject(
  { objectSelector }: Criteria,
  { object, oldObject }: AdmissionAttributes,
): boolean {
  const selector = selectorOf(objectSelector);
  if (selector.isEverything) return true;
  return [object, oldObject].some(
    (each) => each !== undefined && selector.matches(each.metadata.labels),
  );
}

function matchesNamespace(
  { store }: MatchParts,
  { namespaceSelector }: Criteria,
  attributes: AdmissionAttributes,
): boolean {
  const isItself = isNamespace(attributes);
  if (!isItself && !attributes.namespace) return true;
  const selector = selectorOf(namespaceSelector);
  return selector.isEverything || selector.matches(namespaceLabels(store, attributes, isItself));
}

function namespaceLabels(
  store: Store<KubeObject>,
  attributes: AdmissionAttributes,
  isItself: boolean,
): Labels | undefined {
  const { object, oldObject, subresource, namespace = '' } = attributes;
  if (isItself && subresource === undefined) return (object ?? oldObject)?.metadata.labels;
  const name = isItself ? attributes.name : namespace;
  const found = store.latest(`/registry/namespaces/${name}`)?.value;
  if (found === undefined) throw notFound(NAMESPACES, name);
  return found.metadata.labels;
}
