import type { Container, LifecycleHandler, Pod } from '../api/generated/core/v1/types.ts';
import { type Clock, sleep } from '../base/clock.ts';
import type { ContainerRuntime } from '../runtime/cri.ts';
import type { ProbeTransport } from '../runtime/probe-transport.ts';
import { httpProbe } from './probe-action.ts';

export interface HookTools {
  readonly clock: Clock;
  readonly runtime: Pick<ContainerRuntime, 'execSync'>;
  readonly transport: ProbeTransport;
  readonly version: string;
}

export interface HookTarget {
  readonly pod: Pod;
  readonly container: Container;
  readonly containerId: string;
  readonly podIp: string;
}

const HTTP_TIMEOUT_MS = 60_000;

/** Does what a container asked for after its start or before its stop. Rejects when it fails. */
export async function runHook(
  { clock, runtime, transport, version }: HookTools,
  { exec, httpGet, sleep: pause }: LifecycleHandler,
  target: HookTarget,
): Promise<void> {
  if (exec) {
    const { containerId } = target;
    const { exitCode, stderr, stdout } = await runtime.execSync(containerId, exec.command ?? [], 0);
    if (exitCode === 0) return;
    const output = Buffer.concat([stdout, stderr]).toString('utf8').trim();
    throw new Error(
      `command '${(exec.command ?? []).join(' ')}' exited with ${exitCode}: ${output}`,
    );
  }
  if (httpGet) {
    const { status } = await transport.http(httpProbe(httpGet, target, version), HTTP_TIMEOUT_MS);
    if (status < 200 || status >= 400)
      throw new Error(`HTTP probe failed with statuscode: ${status}`);
    return;
  }
  if (pause) await sleep(clock, pause.seconds * 1000);
}
