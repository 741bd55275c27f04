import { EACH_NODE } from './framework.ts';
import { HOSTNAME_LABEL } from './node-info.ts';

/**
 * How to count by a topology label. Hostnames are one to a node in any sane cluster, and then
 * each node is a domain of its own, which is cheaper than looking domains up by name.
 */
export const topologyOf = (key: string, hasRegularHostnames: boolean) =>
  key === HOSTNAME_LABEL && hasRegularHostnames ? EACH_NODE : key;
