import type {
  Container,
  EphemeralContainer,
  PodSpec,
} from '../../../api/generated/core/v1/types.ts';
import { quoteList } from './words.ts';

/** What is looked at of a pod, or of the pods that a workload would make. */
export interface Subject {
  readonly spec: PodSpec;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** Why a pod isn't as its namespace wants it. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

/** One rule of the Pod Security Standards, in the form it has since a minor release. */
export interface Check {
  readonly id: string;
  /** The first minor release whose standards have the rule in this form. */
  readonly since: number;
  /** The rule of the weaker level that this one makes superfluous. */
  readonly overrides?: string;
  /** Answers what is wrong, if anything. `minor` is the release whose standards are asked for. */
  readonly find: (subject: Subject, minor: number) => Violation | undefined;
}

/** From this release on, who is root only among users of the pod's own is spared some rules. */
export const OWN_USERS_SPARED = 35;

export const unlessOwnUsers =
  (find: Check['find']): Check['find'] =>
  (subject, minor) =>
    minor >= OWN_USERS_SPARED && subject.spec.hostUsers === false
      ? undefined
      : find(subject, minor);

export type AnyContainer = Container | EphemeralContainer;

/** All containers, in the order in which messages name them. */
export const containersOf = ({ spec }: Subject): readonly AnyContainer[] => [
  ...(spec.initContainers ?? []),
  ...(spec.containers ?? []),
  ...(spec.ephemeralContainers ?? []),
];

/** `container "a"`, `containers "a", "b"`. */
export const containerNames = (containers: readonly AnyContainer[]): string =>
  `${containers.length === 1 ? 'container' : 'containers'} ${quoteList(containers.map(({ name }) => name))}`;

/** Who set something that they mustn't: the pod, some of its containers, or both. */
export const settersOf = (isPod: boolean, containers: readonly AnyContainer[]): string[] => [
  ...(isPod ? ['pod'] : []),
  ...(containers.length > 0 ? [containerNames(containers)] : []),
];

export const isWindows = ({ spec }: Subject): boolean => spec.os?.name === 'windows';
