import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { Clock } from '../base/clock.ts';
import { type ContainerRuntime, type FailureKind, RuntimeFailure } from './cri.ts';
import * as answer from './cri-answers.ts';
import * as request from './cri-requests.ts';
import { ImageService, RuntimeService } from './generated/cri_pb.js';
import { GRPC, GrpcClient, GrpcError, type GrpcMethod } from './grpc-client.ts';
import { detailsOf, type RuntimeDetails, snapshotterOf } from './runtime-details.ts';

/** A runtime that is spoken to through its CRI socket. */
export interface CriClient extends ContainerRuntime {
  /** What the runtime says of its settings. */
  details(): Promise<RuntimeDetails>;
  /** Closes the connection; calls under way fail. */
  close(): void;
}

// Sandboxes wait for CNI plugins and stops for slow processes: the kubelet's default as well.
const TIMEOUT_MS = 120_000;

/** Speaks CRI v1 through a unix socket. Connects when first used, and again after a break. */
export function createCriClient(clock: Clock, socketPath: string): CriClient {
  const grpc = new GrpcClient(clock, { socketPath });
  const runtime = RuntimeService.method;
  const images = ImageService.method;

  async function call<I extends DescMessage, O extends DescMessage>(
    method: GrpcMethod<I, O>,
    body: MessageInitShape<I>,
    timeoutMs: number | undefined = TIMEOUT_MS,
  ): Promise<MessageShape<O>> {
    try {
      return await grpc.unary(method, body, timeoutMs === UNLIMITED ? {} : { timeoutMs });
    } catch (error) {
      throw failureOf(error);
    }
  }

  return {
    async version() {
      const { runtimeName, runtimeVersion, runtimeApiVersion } = await call(runtime.version, {});
      return { name: runtimeName, version: runtimeVersion, apiVersion: runtimeApiVersion };
    },
    async status() {
      const { status } = await call(runtime.status, {});
      const conditions = (status?.conditions ?? []).map(({ type, status, reason, message }) => {
        return { type, status, reason, message };
      });
      return { conditions };
    },

    async details() {
      const { info } = await call(runtime.status, { verbose: true });
      const [configured, { imageFilesystems }] = await Promise.all([
        unlessUnimplemented(call(runtime.runtimeConfig, {})),
        call(images.imageFsInfo, {}),
      ]);
      const paths = imageFilesystems.map(({ fsId }) => fsId?.mountpoint ?? '');
      const snapshotter = paths.map(snapshotterOf).find((found) => found !== undefined);
      return {
        ...(snapshotter && { snapshotter }),
        ...detailsOf(info),
        ...(configured?.linux && { cgroupDriver: answer.cgroupDriver(configured.linux) }),
      };
    },

    async runPodSandbox(config, handler = '') {
      const body = { config: request.podSandboxConfig(config), runtimeHandler: handler };
      return (await call(runtime.runPodSandbox, body, 2 * TIMEOUT_MS)).podSandboxId;
    },
    async stopPodSandbox(podSandboxId) {
      await orMissing(call(runtime.stopPodSandbox, { podSandboxId }));
    },
    async removePodSandbox(podSandboxId) {
      await orMissing(call(runtime.removePodSandbox, { podSandboxId }));
    },
    async podSandboxStatus(podSandboxId) {
      const found = await orMissing(call(runtime.podSandboxStatus, { podSandboxId }));
      return found?.status && answer.podSandboxStatus(found.status);
    },
    async listPodSandboxes(filter = {}) {
      const body = { filter: request.sandboxFilter(filter) };
      return (await call(runtime.listPodSandbox, body)).items.map(answer.podSandboxSummary);
    },

    async createContainer(podSandboxId, config, sandboxConfig) {
      const body = {
        podSandboxId,
        config: request.containerConfig(config),
        sandboxConfig: request.podSandboxConfig(sandboxConfig),
      };
      return (await call(runtime.createContainer, body)).containerId;
    },
    async startContainer(containerId) {
      await call(runtime.startContainer, { containerId });
    },
    async stopContainer(containerId, graceSeconds) {
      const timeoutMs = TIMEOUT_MS + graceSeconds * 1000;
      const body = { containerId, timeout: BigInt(graceSeconds) };
      await orMissing(call(runtime.stopContainer, body, timeoutMs));
    },
    async removeContainer(containerId) {
      await orMissing(call(runtime.removeContainer, { containerId }));
    },
    async containerStatus(containerId) {
      const found = await orMissing(call(runtime.containerStatus, { containerId }));
      return found?.status && answer.containerStatus(found.status);
    },
    async listContainers(filter = {}) {
      const body = { filter: request.containerFilter(filter) };
      return (await call(runtime.listContainers, body)).containers.map(answer.containerSummary);
    },
    async updateContainerResources(containerId, resources) {
      const linux = request.containerResources(resources);
      await call(runtime.updateContainerResources, { containerId, linux });
    },
    async reopenContainerLog(containerId) {
      await call(runtime.reopenContainerLog, { containerId });
    },

    async execSync(containerId, command, timeoutSeconds) {
      const body = { containerId, cmd: [...command], timeout: BigInt(timeoutSeconds) };
      const timeoutMs = timeoutSeconds > 0 ? TIMEOUT_MS + timeoutSeconds * 1000 : UNLIMITED;
      const { stdout, stderr, exitCode } = await call(runtime.execSync, body, timeoutMs);
      return { stdout, stderr, exitCode };
    },
    async execUrl(containerId, command, streams) {
      return (await call(runtime.exec, { containerId, cmd: [...command], ...streams })).url;
    },
    async attachUrl(containerId, streams) {
      return (await call(runtime.attach, { containerId, ...streams })).url;
    },
    async portForwardUrl(podSandboxId, ports) {
      return (await call(runtime.portForward, { podSandboxId, port: [...ports] })).url;
    },

    async listContainerUsage() {
      return (await call(runtime.listContainerStats, {})).stats.map(answer.containerUsage);
    },
    events(onEvent, onEnd) {
      return grpc.stream(
        runtime.getContainerEvents,
        {},
        {
          message: (event) => onEvent(answer.runtimeEvent(event)),
          end: (error) => onEnd(error && failureOf(error)),
        },
      );
    },

    async listImages() {
      return (await call(images.listImages, {})).images.map(answer.image);
    },
    async imageStatus(image) {
      const found = await call(images.imageStatus, { image: { image } });
      return found.image && answer.image(found.image);
    },
    async pullImage(image, credentials, sandboxConfig) {
      const body = {
        image: { image, userSpecifiedImage: image },
        auth: credentials && request.authConfig(credentials),
        sandboxConfig: sandboxConfig && request.podSandboxConfig(sandboxConfig),
      };
      return (await call(images.pullImage, body, UNLIMITED)).imageRef;
    },
    async removeImage(image) {
      await call(images.removeImage, { image: { image } });
    },
    async imageFilesystems() {
      const { imageFilesystems } = await call(images.imageFsInfo, {});
      return imageFilesystems.map(answer.filesystemUsage);
    },

    close: () => grpc.close(),
  };
}

/** For calls whose length nobody can foresee, such as a pull. */
const UNLIMITED = Number.POSITIVE_INFINITY;

const CODE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(GRPC).map(([name, code]) => [
    code,
    name.toLowerCase().replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase()),
  ]),
);

const PERMANENT: readonly number[] = [
  GRPC.INVALID_ARGUMENT,
  GRPC.NOT_FOUND,
  GRPC.ALREADY_EXISTS,
  GRPC.PERMISSION_DENIED,
  GRPC.OUT_OF_RANGE,
  GRPC.UNIMPLEMENTED,
  GRPC.UNAUTHENTICATED,
];

/** Whether anything may have been done: an answer that got lost says nothing. */
function kindOf({ code, sent }: GrpcError): FailureKind {
  if (PERMANENT.includes(code)) return 'permanent';
  const lost =
    code === GRPC.UNAVAILABLE || code === GRPC.DEADLINE_EXCEEDED || code === GRPC.CANCELED;
  return lost && sent ? 'unknown' : 'transient';
}

/** The text is the one that users of Kubernetes know from their pods' statuses. */
function failureOf(error: unknown): RuntimeFailure {
  if (!(error instanceof GrpcError)) {
    return new RuntimeFailure('permanent', String(error), { cause: error });
  }
  const name = CODE_NAMES.get(error.code) ?? `Code(${error.code})`;
  return new RuntimeFailure(kindOf(error), `rpc error: code = ${name} desc = ${error.message}`, {
    missing: error.code === GRPC.NOT_FOUND,
    cause: error,
  });
}

async function orMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof RuntimeFailure && error.missing) return undefined;
    throw error;
  }
}

/** Undefined from a runtime that is older than the call. */
async function unlessUnimplemented<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    const { cause } = error as RuntimeFailure;
    if (cause instanceof GrpcError && cause.code === GRPC.UNIMPLEMENTED) return undefined;
    throw error;
  }
}
