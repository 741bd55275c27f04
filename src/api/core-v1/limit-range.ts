import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  required,
} from '../../machinery/field-error.ts';
import type { FieldPath } from '../../machinery/field-path.ts';
import { memberOf } from '../../machinery/member.ts';
import type { Draft } from '../../machinery/object.ts';
import { parseQuantity, Quantity } from '../../machinery/quantity.ts';
import { validateEach, validateQualifiedName } from '../checks.ts';
import type { ResourceDefinition } from '../definition.ts';
import { part } from '../drafts.ts';
import { limitRanges as resource } from '../generated/core/v1/resources.ts';
import type { LimitRange, LimitRangeItem } from '../generated/core/v1/types.ts';
import { shapeOf } from '../shapes.ts';
import { allowsOvercommit, roundUpResources } from './resource-list.ts';
import { validateContainerResourceName, validateResourceName } from './resource-rules.ts';

const TYPES = ['Pod', 'Container', 'PersistentVolumeClaim'];
const LISTS = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

type List = (typeof LISTS)[number];

/** Of containers, limits come from the most there may be, and requests from limits or the least. */
function defaultItem(item: Draft<LimitRangeItem>): void {
  for (const list of LISTS) if (item[list]) roundUpResources(item[list]);
  if (item.type !== 'Container') return;
  const limits = { ...item.max, ...item.default };
  const requests = { ...item.min, ...limits, ...item.defaultRequest };
  if (Object.keys(limits).length > 0) item.default = limits;
  if (Object.keys(requests).length > 0) item.defaultRequest = requests;
}

function validateItem(item: LimitRangeItem, path: FieldPath): FieldError[] {
  const isPod = item.type === 'Pod';
  const errors = validateNames(item, ['max', 'min'], path);
  if (isPod) {
    const detail = "may not be specified when `type` is 'Pod'";
    for (const list of ['default', 'defaultRequest'] as const) {
      if (Object.keys(item[list] ?? {}).length === 0) continue;
      errors.push(forbiddenField(path.at(list), detail));
    }
  } else errors.push(...validateNames(item, ['default', 'defaultRequest'], path));
  if (item.type === 'PersistentVolumeClaim' && !item.min?.storage && !item.max?.storage) {
    const detail = 'either minimum or maximum storage value is required, but neither was provided';
    errors.push(required(path.at('limits'), detail));
  }
  errors.push(...validateNames(item, ['maxLimitRequestRatio'], path));
  const lists = isPod ? LISTS.filter((list) => !list.startsWith('default')) : LISTS;
  const names = new Set(lists.flatMap((list) => Object.keys(item[list] ?? {})));
  return [...errors, ...[...names].flatMap((name) => validateOrder(item, name, lists, path))];
}

function validateNames(
  item: LimitRangeItem,
  lists: readonly List[],
  path: FieldPath,
): FieldError[] {
  const isOfPods = item.type === 'Pod' || item.type === 'Container';
  const validate = isOfPods ? validateContainerResourceName : validateResourceName;
  return lists.flatMap((list) =>
    Object.keys(item[list] ?? {}).flatMap((name) => validate(name, path.at(list).key(name))),
  );
}

/** What is said of one resource, from the least to the most. */
function validateOrder(
  item: LimitRangeItem,
  name: string,
  lists: readonly List[],
  path: FieldPath,
): FieldError[] {
  const amount = (list: List): Quantity | undefined => {
    const text = lists.includes(list) ? memberOf(item[list] ?? {}, name) : undefined;
    return text === undefined ? undefined : parseQuantity(text as string);
  };
  const [min, max, limit, request] = [
    amount('min'),
    amount('max'),
    amount('default'),
    amount('defaultRequest'),
  ];
  const errors: FieldError[] = [];
  const order = (
    [less, what]: readonly [Quantity | undefined, string],
    [more, than]: readonly [Quantity | undefined, string],
    [list, shown]: readonly [List, Quantity | undefined],
  ) => {
    if (!less || !more || less.compare(more) <= 0) return;
    const detail = `${what} value ${less} is greater than ${than} value ${more}`;
    errors.push(invalid(path.at(list).key(name), `${shown}`, detail));
  };
  order([min, 'min'], [max, 'max'], ['min', min]);
  order([min, 'min'], [request, 'default request'], ['defaultRequest', request]);
  order([request, 'default request'], [max, 'max'], ['defaultRequest', request]);
  order([request, 'default request'], [limit, 'default limit'], ['defaultRequest', request]);
  order([min, 'min'], [limit, 'default'], ['default', min]);
  order([limit, 'default'], [max, 'max'], ['default', max]);
  errors.push(...validateRatio({ min, max, ratio: amount('maxLimitRequestRatio') }, name, path));
  if (!allowsOvercommit(name) && limit && request && limit.compare(request) !== 0) {
    const detail = `default value ${limit} must equal to defaultRequest value ${request} in ${name}`;
    errors.push(invalid(path.at('defaultRequest').key(name), `${request}`, detail));
  }
  return errors;
}

interface Ratio {
  readonly min: Quantity | undefined;
  readonly max: Quantity | undefined;
  readonly ratio: Quantity | undefined;
}

function validateRatio({ min, max, ratio }: Ratio, name: string, path: FieldPath): FieldError[] {
  if (!ratio) return [];
  const at = path.at('maxLimitRequestRatio').key(name);
  const errors: FieldError[] = [];
  if (ratio.compare(Quantity.of(1)) < 0) {
    errors.push(invalid(at, `${ratio}`, `ratio ${ratio} is less than 1`));
  }
  if (!min || !max) return errors;
  const most = Number(max.nanos) / Number(min.nanos);
  if (Number(ratio.nanos) / 1e9 <= most) return errors;
  const detail = `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`;
  return [...errors, invalid(at, `${ratio}`, detail)];
}

function validateType(type: string, path: FieldPath): FieldError[] {
  const errors = validateQualifiedName(type, path);
  if (errors.length > 0 || type.includes('/') || TYPES.includes(type)) return errors;
  return [invalid(path, type, 'must be a standard limit type or fully qualified')];
}

function validateItems({ spec }: LimitRange, path: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return validateEach(spec.limits, path, (item, at) => {
    const { type = '' } = item;
    const errors = validateType(type, at.at('type'));
    if (seen.has(type)) errors.push(duplicate(at.at('type'), type));
    seen.add(type);
    return [...errors, ...validateItem(item, at)];
  });
}

/** How much single pods, containers and claims of a namespace may ask for, and do if they don't say. */
export const limitRanges: ResourceDefinition<LimitRange> = {
  ...resource,
  shape: shapeOf(resource),
  shortNames: ['limits'],
  createOnUpdate: true,
  defaults(draft) {
    for (const item of part(draft, 'spec').limits ?? []) defaultItem(item);
  },
  validate: (range, { path }) => validateItems(range, path.at('spec', 'limits')),
};
