import type { ContainerStatus, Pod } from '../api/generated/core/v1/types.ts';

/** How long the steps of a pod's life take, in milliseconds. */
export interface PodTimes {
  /** From being bound to a node to its containers running. */
  readonly startMs: number;
  /** From running to ready; undefined of a pod that never is. */
  readonly readyMs: number | undefined;
  /** From being deleted to having ended. */
  readonly stopMs: number;
  /** From running to having done its work; undefined of one that runs until it is told to stop. */
  readonly exitMs?: number | undefined;
  /** What its containers exit with when they have done their work; 0 unless said. */
  readonly exitCode?: number | undefined;
  /** Where this was seen: `3 pods of web`; undefined where it is assumed. */
  readonly seenAt?: string | undefined;
}

/** What keeps a pod's containers from running, as node agents report it. */
export interface Obstacle {
  readonly reason: string;
  readonly message: string;
  /** What became of the containers of a pod that suffers from the same. */
  readonly past?: readonly ContainerStatus[];
}

/** What is expected of pods. */
export interface PodExpectation {
  times(pod: Pod): PodTimes;
  /** What is known to keep a pod from starting on any node. */
  obstacle(pod: Pod): Obstacle | undefined;
}
