import type { Container, EphemeralContainer, Pod, Secret } from '../api/generated/core/v1/types.ts';
import type { Clock } from '../base/clock.ts';
import type { ContainerRuntime } from '../runtime/cri.ts';
import type { Image, PodSandboxConfig, PullCredentials } from '../runtime/cri-types.ts';
import { durationText } from './crash-backoff.ts';
import { type ImageName, nameProblem, parseImageName } from './image-name.ts';
import { credentialsFor } from './pull-credentials.ts';
import { messageOf, StartFailure } from './start-failure.ts';

/** Tells about a container of a pod. */
export type ContainerEvents = (event: {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}) => void;

export interface ImageRequest {
  readonly pod: Pod;
  readonly container: Container | EphemeralContainer;
  readonly pullSecrets: readonly Secret[];
  readonly sandboxConfig: PodSandboxConfig;
  readonly event: ContainerEvents;
}

interface Backoff {
  readonly delayMs: number;
  readonly failedAt: number;
  readonly failure: string;
}

const FIRST_MS = 10_000;
const MAX_MS = 300_000;
const SHOW_ERROR_MS = 2_000; // How long a failure shows as such before it shows as backing off.
const CHECK_AGAIN_MS = 3_000; // It may come by another way: loaded by hand, pulled by another pod.
const PULLS_MAX = 5;

/**
 * Sees that an image is on the machine, by its container's pull policy. Pulls of the same image
 * are one; a pod whose pull failed is made to wait, longer each time.
 */
export class ImagePuller {
  readonly #clock: Clock;
  readonly #runtime: ContainerRuntime;
  readonly #backoffs = new Map<string, Backoff>();
  readonly #pulls = new Map<string, Promise<string>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(clock: Clock, runtime: ContainerRuntime) {
    this.#clock = clock;
    this.#runtime = runtime;
  }

  /** The image, once it is there. Rejects with StartFailure in the words that users know. */
  async ensure(request: ImageRequest): Promise<Image> {
    const { container, event } = request;
    const { image: asked = '', imagePullPolicy: policy = 'IfNotPresent' } = container;
    const name = parseImageName(asked);
    if (!name) {
      const why = `couldn't parse image name "${asked}": ${nameProblem(asked)}`;
      const message = `Failed to apply default image tag "${asked}": ${why}`;
      event({ type: 'Warning', reason: 'InspectFailed', message });
      event({ type: 'Warning', reason: 'Failed', message: 'Error: InvalidImageName' });
      throw new StartFailure('InvalidImageName', message);
    }
    const present = policy === 'Always' ? undefined : await this.#inspect(name.full, request);
    if (present) {
      const message = `Container image "${asked}" already present on machine and can be accessed by the pod`;
      event({ type: 'Normal', reason: 'Pulled', message });
      return present;
    }
    if (policy === 'Never') {
      const message = `Container image "${asked}" is not present with pull policy of Never`;
      event({ type: 'Warning', reason: 'ErrImageNeverPull', message });
      event({ type: 'Warning', reason: 'Failed', message: 'Error: ErrImageNeverPull' });
      throw new StartFailure('ErrImageNeverPull', message, { retryAfterMs: CHECK_AGAIN_MS });
    }
    return this.#pull(name, request);
  }

  /** Forgets a pod's failures. */
  forget(podUid: string): void {
    for (const key of this.#backoffs.keys()) {
      if (key.startsWith(`${podUid} `)) this.#backoffs.delete(key);
    }
  }

  async #inspect(name: string, { container, event }: ImageRequest): Promise<Image | undefined> {
    try {
      return await this.#runtime.imageStatus(name);
    } catch (error) {
      const message = `Failed to inspect image "${container.image}": ${messageOf(error)}`;
      event({ type: 'Warning', reason: 'InspectFailed', message });
      event({ type: 'Warning', reason: 'Failed', message: 'Error: ImageInspectError' });
      throw new StartFailure('ImageInspectError', message, { cause: error });
    }
  }

  async #pull(name: ImageName, request: ImageRequest): Promise<Image> {
    const { pod, container, event } = request;
    const key = `${pod.metadata.uid} ${container.image}`;
    const began = this.#clock.now();
    this.#refuseInBackoff(key, began, request);
    event({ type: 'Normal', reason: 'Pulling', message: `Pulling image "${container.image}"` });
    try {
      const image = await this.#pulled(name, request);
      const took = durationText(Math.round(this.#clock.now() - began));
      const message =
        `Successfully pulled image "${container.image}" in ${took} ` +
        `(${took} including waiting). Image size: ${image.sizeBytes} bytes.`;
      event({ type: 'Normal', reason: 'Pulled', message });
      this.#backoffs.delete(key);
      return image;
    } catch (error) {
      throw this.#failed(key, error, request);
    }
  }

  #refuseInBackoff(key: string, now: number, { container, event }: ImageRequest): void {
    const backoff = this.#backoffs.get(key);
    if (!backoff || now >= backoff.failedAt + backoff.delayMs) return;
    const message = `Back-off pulling image "${container.image}"`;
    if (now < backoff.failedAt + 2 * SHOW_ERROR_MS) {
      event({ type: 'Normal', reason: 'BackOff', message });
      event({ type: 'Warning', reason: 'Failed', message: 'Error: ImagePullBackOff' });
    }
    const left = backoff.failedAt + backoff.delayMs - now;
    const retryAfterMs = Math.min(CHECK_AGAIN_MS, left);
    throw new StartFailure('ImagePullBackOff', `${message}: ErrImagePull: ${backoff.failure}`, {
      retryAfterMs,
    });
  }

  #failed(key: string, error: unknown, { container, event }: ImageRequest): StartFailure {
    const failure = messageOf(error);
    const before = this.#backoffs.get(key);
    const delayMs = before ? Math.min(before.delayMs * 2, MAX_MS) : FIRST_MS;
    this.#backoffs.set(key, { delayMs, failedAt: this.#clock.now(), failure });
    const message = `Failed to pull image "${container.image}": ${failure}`;
    event({ type: 'Warning', reason: 'Failed', message });
    event({ type: 'Warning', reason: 'Failed', message: 'Error: ErrImagePull' });
    return new StartFailure('ErrImagePull', failure, { retryAfterMs: SHOW_ERROR_MS, cause: error });
  }

  /** With each of the credentials in turn, as only the registry knows which are right. */
  async #pulled(name: ImageName, request: ImageRequest): Promise<Image> {
    const credentials = credentialsFor(name, request.pullSecrets);
    let failure: unknown;
    for (const one of credentials.length > 0 ? credentials : [undefined]) {
      try {
        const reference = await this.#shared(name.full, one, request.sandboxConfig);
        const image = await this.#runtime.imageStatus(reference || name.full);
        if (image) return image;
        failure = new Error(`image ${name.full} is gone after it was pulled`);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  #shared(
    image: string,
    credentials: PullCredentials | undefined,
    sandboxConfig: PodSandboxConfig,
  ): Promise<string> {
    const key = JSON.stringify([image, credentials]);
    const same = this.#pulls.get(key);
    if (same) return same;
    const pull = this.#inTurn(() => this.#runtime.pullImage(image, credentials, sandboxConfig));
    this.#pulls.set(key, pull);
    const done = () => this.#pulls.delete(key);
    pull.then(done, done);
    return pull;
  }

  async #inTurn<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= PULLS_MAX) await new Promise<void>((go) => this.#waiting.push(go));
    else this.#running++;
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
