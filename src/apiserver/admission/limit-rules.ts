import { parseQuantity, type Quantity } from '../../machinery/quantity.ts';

/** What somebody asks for at least, and may use at most, by resource. */
export interface Demand {
  readonly requests: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, string>>;
}

/** What a LimitRange says of one resource. */
export interface Bound {
  /** Whose use is bounded: `Container`, `Pod`, `PersistentVolumeClaim`. */
  readonly type: string;
  readonly name: string;
  readonly amount: string;
}

type Rule = (demand: Demand, bound: Bound) => string | undefined;

const amountOf = (text: string | undefined): Quantity | undefined =>
  text === undefined ? undefined : parseQuantity(text);

/** What is wrong unless no less than the bound is asked for and allowed. */
export const atLeast: Rule = ({ requests, limits }, { type, name, amount }) => {
  const about = `minimum ${name} usage per ${type} is ${amount}`;
  const [bound, request] = [parseQuantity(amount), amountOf(requests[name])];
  if (request === undefined) return `${about}.  No request is specified`;
  if (request.compare(bound) < 0) return `${about}, but request is ${request}`;
  const limit = amountOf(limits[name]);
  if (limit === undefined || limit.compare(bound) >= 0) return undefined;
  return `${about}, but limit is ${limit}`;
};

/** What is wrong unless no more than the bound is allowed, and asked for. */
export const atMost: Rule = ({ requests, limits }, { type, name, amount }) => {
  const about = `maximum ${name} usage per ${type} is ${amount}`;
  const [bound, limit] = [parseQuantity(amount), amountOf(limits[name])];
  if (limit === undefined) return `${about}.  No limit is specified`;
  if (limit.compare(bound) > 0) return `${about}, but limit is ${limit}`;
  const request = amountOf(requests[name]);
  if (request === undefined || request.compare(bound) <= 0) return undefined;
  return `${about}, but request is ${request}`;
};

/** As `atMost`, for what has no limits but only requests. */
export const notAbove: Rule = ({ requests }, { type, name, amount }) => {
  const about = `maximum ${name} usage per ${type} is ${amount}`;
  const request = amountOf(requests[name]);
  if (request === undefined) return `${about}.  No request is specified`;
  if (request.compare(parseQuantity(amount)) <= 0) return undefined;
  return `${about}, but request is ${request}`;
};

/** What is wrong unless the limit is at most so many times the request. */
export const ratioAtMost: Rule = ({ requests, limits }, { type, name, amount }) => {
  const about = `${name} max limit to request ratio per ${type} is ${amount}`;
  const [request, limit] = [amountOf(requests[name]), amountOf(limits[name])];
  if (!request || request.isZero) return `${about}, but no request is specified or request is 0`;
  if (!limit || limit.isZero) return `${about}, but no limit is specified or limit is 0`;
  const ratio = Number(limit.nanos) / Number(request.nanos);
  if (ratio * 1000 <= parseQuantity(amount).milliValue) return undefined;
  return `${about}, but provided ratio is ${ratio.toFixed(6)}`;
};
