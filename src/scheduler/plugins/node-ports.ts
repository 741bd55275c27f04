import type { FilterPlugin } from '../framework.ts';
import { portsConflict } from '../pod-info.ts';
import { FEASIBLE, unschedulable } from '../verdict.ts';

/** Rejects nodes on which another pod holds a host port that this one wants. */
export const nodePorts: FilterPlugin = {
  name: 'NodePorts',
  retryOn: ['Node/Add', 'AssignedPod/Delete'],
  helps({ hostPorts }, { pod }) {
    if (!pod) return true;
    return hostPorts.some((wanted) => pod.hostPorts.some((port) => portsConflict(wanted, port)));
  },
  concerns: ({ hostPorts }) => hostPorts.length > 0,
  filter({ hostPorts }, { load }) {
    const taken = hostPorts.find((wanted) =>
      load.hostPorts.some((held) => portsConflict(wanted, held)),
    );
    if (!taken) return FEASIBLE;
    return unschedulable("node(s) didn't have free ports for the requested pod ports", taken);
  },
};
