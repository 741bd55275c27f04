import type { Logger } from '../base/logger.ts';
import type { ContainerRuntime } from './cri.ts';
import type { SandboxFilter } from './cri-types.ts';

/**
 * Ends and removes the pods of a runtime that the filter lets through. Containers are asked to end,
 * and killed after the grace period. False when some are left; the logger is told why.
 */
export async function removePods(
  runtime: ContainerRuntime,
  logger: Logger,
  filter: SandboxFilter,
  graceSeconds: number,
): Promise<boolean> {
  const remove = async (id: string) => {
    const running = await runtime.listContainers({ sandboxId: id, state: 'running' });
    await Promise.all(running.map((each) => runtime.stopContainer(each.id, graceSeconds)));
    await runtime.stopPodSandbox(id);
    await runtime.removePodSandbox(id);
  };
  try {
    const sandboxes = await runtime.listPodSandboxes(filter);
    const results = await Promise.allSettled(sandboxes.map(({ id }) => remove(id)));
    const failed = results.filter(({ status }) => status === 'rejected');
    for (const { reason } of failed as PromiseRejectedResult[]) {
      logger.warn('pod not removed', { error: reason });
    }
    return failed.length === 0;
  } catch (error) {
    logger.warn('pods not removed', { error });
    return false;
  }
}
