import { parseQuantity, Quantity } from '../../machinery/quantity.ts';
import { checkQualifiedName } from '../../machinery/validation/labels.ts';

/** Amounts by the name of what is counted: `{ cpu: '100m', memory: '1Gi' }`. */
export type ResourceList = Readonly<Record<string, string>>;

/** What containers may ask for by a short name. */
const CONTAINER_RESOURCES = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** What is counted in whole numbers. */
const OBJECT_COUNTS = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);

const STANDARD_RESOURCES = new Set([
  ...CONTAINER_RESOURCES,
  ...OBJECT_COUNTS,
  'storage',
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'requests.storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
]);

const HUGE_PAGES = 'hugepages-';

/** Memory in pages of a given size: `hugepages-2Mi`. */
export const isHugePages = (name: string): boolean => name.startsWith(HUGE_PAGES);

/** Whether a short name is one that the API knows anywhere. */
export const isStandardResource = (name: string): boolean =>
  STANDARD_RESOURCES.has(name) || isHugePages(name) || name.startsWith(`requests.${HUGE_PAGES}`);

/** Whether a short name is one that quotas count. */
export const isStandardQuotaResource = (name: string): boolean =>
  (name !== 'storage' && STANDARD_RESOURCES.has(name)) ||
  isHugePages(name) ||
  name.startsWith(`requests.${HUGE_PAGES}`);

/** Whether a short name is one that containers may ask for. */
export const isStandardContainerResource = (name: string): boolean =>
  CONTAINER_RESOURCES.has(name) || isHugePages(name);

/** A name without a domain, or with one of Kubernetes' own. */
export const isNativeResource = (name: string): boolean =>
  !name.includes('/') || name.includes('kubernetes.io/');

/** Something a vendor's node plugin offers: `vendor.example/gpu`. */
export const isExtendedResource = (name: string): boolean =>
  !isNativeResource(name) &&
  !name.startsWith('requests.') &&
  checkQualifiedName(`requests.${name}`).length === 0;

/** Whether the resource comes in whole numbers only. */
export const isCountedResource = (name: string): boolean =>
  OBJECT_COUNTS.has(name) || isExtendedResource(name);

/** Whether the limits of all may exceed what there is; else requests must equal limits. */
export const allowsOvercommit = (name: string): boolean =>
  isNativeResource(name) && !isHugePages(name);

/** Whether an amount of huge pages is a number of whole pages. */
export function isWholePages(name: string, amount: Quantity): boolean {
  const page = parseQuantity(name.slice(HUGE_PAGES.length));
  return page.nanos > 0n && amount.nanos % page.nanos === 0n;
}

/** Makes the amounts canonical, with nothing finer than thousandths. */
export function roundUpResources(list: Record<string, string>): void {
  for (const name in list) list[name] = parseQuantity(`${list[name]}`).roundUpToMilli().toString();
}

/** Adds one list to another, name by name. */
export function addResources(to: Map<string, Quantity>, list: ResourceList | undefined): void {
  for (const name in list) {
    to.set(name, (to.get(name) ?? Quantity.zero).plus(parseQuantity(list[name]!)));
  }
}
