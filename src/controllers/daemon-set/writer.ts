import { daemonSets } from '../../api/generated/apps/v1/resources.ts';
import type { DaemonSet } from '../../api/generated/apps/v1/types.ts';
import type { Random } from '../../base/random.ts';
import type { Client } from '../../client/client.ts';
import { type Written, wrote } from '../../client/controller.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import { adopt, release } from '../adoption.ts';
import type { Informers } from '../informers.ts';
import { PodMaker } from '../pod-maker.ts';
import { podFrom } from '../pod-template.ts';
import { deleteRevision, makeRevision, renumberRevision } from '../revision-writer.ts';
import type { DaemonSetAction } from './actions.ts';
import type { FailedPods } from './failed-pods.ts';
import { podTemplate } from './placement.ts';

type ActionOf<T extends DaemonSetAction['type']> = Extract<DaemonSetAction, { type: T }>;

type Caches = Pick<Informers, 'daemonSets' | 'pods' | 'controllerRevisions'>;

/** What failures of a set's pods on a node are kept under; a changed set begins anew. */
export const failureKey = ({ metadata, status }: DaemonSet, nodeName: string): string =>
  `${metadata.uid}/${status.observedGeneration ?? 0}/${nodeName}`;

/** Carries out what a pass over a DaemonSet decided, and tells of it. */
export class DaemonSetWriter {
  readonly #client: Client;
  readonly #random: Random;
  readonly #events: EventRecorder;
  readonly #caches: Caches;
  readonly #failedPods: FailedPods;
  readonly #maker: PodMaker;

  constructor(
    client: Client,
    random: Random,
    events: EventRecorder,
    caches: Caches,
    failedPods: FailedPods,
  ) {
    this.#client = client;
    this.#random = random;
    this.#events = events;
    this.#caches = caches;
    this.#failedPods = failedPods;
    this.#maker = new PodMaker(client, events, caches.pods);
  }

  /** The set is gone. */
  forget(key: string): void {
    this.#maker.forget(key);
  }

  async execute(action: DaemonSetAction): Promise<Written | undefined> {
    const client = this.#client;
    const { controllerRevisions: revisions, pods } = this.#caches;
    const ofPods = { client, owners: daemonSets, informer: pods };
    const ofRevisions = { client, owners: daemonSets, informer: revisions };
    switch (action.type) {
      case 'adoptPod':
        return adopt(ofPods, action.owner, action.pod);
      case 'releasePod':
        return release(ofPods, action.owner, action.pod);
      case 'adoptRevision':
        return adopt(ofRevisions, action.owner, action.revision);
      case 'releaseRevision':
        return release(ofRevisions, action.owner, action.revision);
      case 'createRevision':
        return makeRevision(client, revisions, {
          ...action,
          writeStatus: (updated) => this.#writeStatus(updated),
        });
      case 'renumberRevision':
        return renumberRevision(client, revisions, action.revision, action.to);
      case 'deleteRevision':
        return deleteRevision(client, revisions, action.revision);
      case 'createPod': {
        const { owner, nodeName, hash } = action;
        const template = podTemplate(owner, nodeName, hash);
        return this.#maker.create(action, () => podFrom(template, owner, this.#random));
      }
      case 'deletePod':
        return this.#maker.remove(action.owner, action.pod);
      case 'deleteEndedPod':
        return this.#deleteEnded(action);
      case 'updateStatus':
        return this.#writeStatus({ ...action.set, status: action.status });
    }
  }

  async #writeStatus(updated: DaemonSet): Promise<Written> {
    const written = await this.#client.update(daemonSets, updated, { subresource: 'status' });
    return wrote(this.#caches.daemonSets, written);
  }

  async #deleteEnded(action: ActionOf<'deleteEndedPod'>): Promise<Written | undefined> {
    const { owner, pod, nodeName } = action;
    const { namespace, name } = pod.metadata;
    const isFailed = pod.status.phase === 'Failed';
    if (isFailed) this.#failedPods.note(failureKey(owner, nodeName));
    const [type, reason, how, then] = isFailed
      ? (['Warning', 'FailedDaemonPod', 'failed', 'kill'] as const)
      : (['Normal', 'SucceededDaemonPod', 'succeeded', 'delete'] as const);
    const message = `Found ${how} daemon pod ${namespace}/${name} on node ${nodeName}, will try to ${then} it`;
    this.#events.record(owner, { type, reason, message });
    return this.#maker.remove(owner, pod);
  }
}
