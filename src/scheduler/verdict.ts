import type { Taint } from '../api/generated/core/v1/types.ts';

/** What a plugin found, beside the message: numbers and objects for whoever explains it. */
export type Evidence =
  | { readonly taint: Taint }
  | ResourceShortage
  | { readonly port: number; readonly protocol: string; readonly hostIp: string }
  | { readonly topologyKey: string; readonly skew?: number; readonly maxSkew?: number }
  | { readonly claim: string; readonly volume?: string }
  | { readonly wanted: string };

/** In the resource's own unit: millicores, bytes, or pieces. */
export interface ResourceShortage {
  readonly resource: string;
  readonly asked: number;
  /** What is left; negative when more is promised than there is. */
  readonly free: number;
  readonly capacity: number;
}

/** One thing that speaks against a node. */
export interface Reason {
  /** Kubernetes' own words, as users see them in events and conditions. */
  readonly message: string;
  readonly evidence?: Evidence;
}

/** Why a plugin refuses a node. */
export interface Rejection {
  /** Whether evicting pods from the node could change it: preemption skips the node otherwise. */
  readonly resolvable: boolean;
  readonly reasons: readonly Reason[];
}

/** What a plugin says about a node: a rejection, or nothing when the pod may run there. */
export type Verdict = Rejection | undefined;

/** The pod may run there. */
export const FEASIBLE: Verdict = undefined;

/** Refuses a node for what would change if pods on it went away. */
export const unschedulable = (message: string, evidence?: Evidence): Rejection => ({
  resolvable: true,
  reasons: [{ message, ...(evidence && { evidence }) }],
});

/** Refuses a node for what no eviction can change. */
export const unresolvable = (message: string, evidence?: Evidence): Rejection => ({
  resolvable: false,
  reasons: [{ message, ...(evidence && { evidence }) }],
});
