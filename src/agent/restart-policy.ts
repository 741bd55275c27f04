import type { Container, ContainerRestartRule, Pod } from '../api/generated/core/v1/types.ts';
import type { PodRuntime, RuntimeContainer } from './pod-runtime.ts';
import { isSidecar, latestRun } from './pod-runtime.ts';

/** The policy that holds for a container: its own before its pod's. */
const restartPolicyOf = (container: Container, { spec }: Pod): string =>
  container.restartPolicy ?? spec.restartPolicy ?? 'Always';

/** Whether a container that ended so is started again (KEP-5307 for rules by exit code). */
export function restartsAfter(container: Container, pod: Pod, exitCode: number): boolean {
  if (isSidecar(container)) return true;
  if (container.restartPolicyRules?.some((rule) => matches(rule, exitCode))) return true;
  const policy = restartPolicyOf(container, pod);
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/**
 * Whether an init container that ended so is started again: it has to succeed once, so `Always`
 * means no more than `OnFailure` here.
 */
export const initRestartsAfter = (container: Container, pod: Pod, exitCode: number): boolean =>
  isSidecar(container) || (exitCode !== 0 && restartsAfter(container, pod, exitCode));

function matches({ action, exitCodes }: ContainerRestartRule, exitCode: number): boolean {
  if (action !== 'Restart' || !exitCodes) return false;
  const listed = exitCodes.values?.includes(exitCode) ?? false;
  return exitCodes.operator === 'In' ? listed : !listed;
}

/** Whether a main container wants to be started now, all obstacles aside. */
export function wantsStart(container: Container, pod: Pod, runtime: PodRuntime): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  const run = latestRun(runtime, container.name);
  if (run === undefined) return true;
  return run.state === 'exited' ? restartsAfter(container, pod, run.exitCode) : !runs(run);
}

const runs = ({ state }: RuntimeContainer): boolean => state === 'running';
