import { nodes, pods } from '../../api/generated/core/v1/resources.ts';
import type { Pod } from '../../api/generated/core/v1/types.ts';
import { type Clock, toTime } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Client } from '../../client/client.ts';
import { deleted, type Written } from '../../client/controller.ts';
import type { Informer } from '../../client/informer.ts';
import { keyOf } from '../../machinery/object.ts';
import { isStatusError } from '../../machinery/status.ts';
import type { PodGarbageAction } from './reconcile.ts';

interface Tools {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly client: Client;
}

/** Deletes pods that no node will end, for good. */
export class PodRemover {
  readonly #tools: Tools;
  readonly #pods: Informer<Pod>;

  constructor(tools: Tools, informer: Informer<Pod>) {
    this.#tools = tools;
    this.#pods = informer;
  }

  async remove({ pod, why }: PodGarbageAction): Promise<Written | undefined> {
    const { client, logger } = this.#tools;
    if (why === 'nodeGone' && (await this.#isNodeThere(pod))) return undefined;
    const { uid } = pod.metadata;
    logger.info('deleting a pod by force', { pod: keyOf(pod), why });
    try {
      if (!hasEnded(pod)) await this.#markFailed(pod, why === 'nodeGone');
      const preconditions = { uid };
      await client.delete(pods, pod.metadata, { gracePeriodSeconds: 0, preconditions });
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error; // It has gone by itself.
    }
    return deleted(this.#pods, keyOf(pod), pod);
  }

  /** Asks the server itself: a cache that doesn't have a node may only be late. */
  async #isNodeThere({ spec }: Pod): Promise<boolean> {
    try {
      await this.#tools.client.get(nodes, { name: spec.nodeName ?? '' });
      return true;
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return false;
      throw error;
    }
  }

  /** So that whoever waits for the pod's end, such as a Job, learns of it. */
  async #markFailed({ metadata }: Pod, isNodeGone: boolean): Promise<void> {
    const { client, clock } = this.#tools;
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByPodGC',
      message: 'PodGC: node no longer exists',
      lastTransitionTime: toTime(clock.now()),
    };
    const status = { phase: 'Failed', ...(isNodeGone && { conditions: [condition] }) };
    const body = { metadata: { uid: metadata.uid }, status };
    await client.patch(pods, metadata, { type: 'strategic', body }, { subresource: 'status' });
  }
}

const hasEnded = ({ status }: Pod): boolean =>
  status.phase === 'Failed' || status.phase === 'Succeeded';
