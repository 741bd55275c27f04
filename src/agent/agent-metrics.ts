import type { PodRuntime } from './pod-runtime.ts';

/** How many pods and containers the node has, in the text format of Prometheus. */
export function agentMetrics(runtimes: readonly PodRuntime[]): string {
  const pods = runtimes.filter(({ sandboxes }) => sandboxes[0]?.state === 'ready').length;
  const states = new Map<string, number>();
  for (const { state } of runtimes.flatMap(({ containers }) => containers)) {
    states.set(state, (states.get(state) ?? 0) + 1);
  }
  const containers = Array.from(
    states,
    ([state, count]) => `kubelet_running_containers{container_state="${state}"} ${count}`,
  );
  return [
    '# HELP kubelet_running_pods Pods that have a running sandbox',
    '# TYPE kubelet_running_pods gauge',
    `kubelet_running_pods ${pods}`,
    '# HELP kubelet_running_containers Containers by state',
    '# TYPE kubelet_running_containers gauge',
    ...containers,
    '',
  ].join('\n');
}
