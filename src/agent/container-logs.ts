import type { ContainerStatus, PodStatus } from '../api/generated/core/v1/types.ts';

/** Whose log to show, or why there is none to show. */
export type LogTarget =
  | { readonly containerId: string; readonly problem?: undefined }
  | { readonly problem: string };

/** What is asked for, in the words of the API's PodLogOptions. */
export interface LogRequest {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
  readonly sinceMs: number | undefined;
}

const PULLING: Readonly<Record<string, string>> = {
  ErrImagePull: 'trying and failing to pull image',
  ImagePullBackOff: "image can't be pulled",
};

/** Which run of a container a request for its log means. */
export function logTarget(
  { pod, container }: { readonly pod: string; readonly container: string },
  status: PodStatus,
  previous: boolean,
): LogTarget {
  const all = [
    ...(status.containerStatuses ?? []),
    ...(status.initContainerStatuses ?? []),
    ...(status.ephemeralContainerStatuses ?? []),
  ];
  const found = all.find(({ name }) => name === container);
  const which = `container "${container}" in pod "${pod}"`;
  if (!found) return { problem: `${which} is not available` };
  const last = idOf(found.lastState?.terminated?.containerID);
  if (previous) {
    if (last) return { containerId: last };
    return { problem: `previous terminated ${which} not found` };
  }
  const { waiting, running, terminated } = found.state ?? {};
  const present = running ? idOf(found.containerID) : idOf(terminated?.containerID);
  if (present) return { containerId: present };
  if (last) return { containerId: last };
  const { reason } = waiting ?? {};
  if (!reason) return { problem: `${which} is waiting to start - no logs yet` };
  return { problem: `${which} is waiting to start: ${PULLING[reason] ?? reason}` };
}

const idOf = (containerId: ContainerStatus['containerID']): string | undefined =>
  containerId?.slice(containerId.indexOf('://') + 3) || undefined;

/** Reads the query of a request for a log. Answers a problem in words when it makes no sense. */
export function parseLogRequest(
  query: URLSearchParams,
  { now, parseTime }: { now: number; parseTime: (text: string) => number | undefined },
): LogRequest | { readonly problem: string } {
  const number = (name: string): number | undefined => {
    const text = query.get(name);
    return text === null || text === '' ? undefined : Number(text);
  };
  const [tailLines, limitBytes, sinceSeconds] = ['tailLines', 'limitBytes', 'sinceSeconds'].map(
    number,
  );
  for (const value of [tailLines, limitBytes, sinceSeconds]) {
    if (value !== undefined && !(Number.isInteger(value) && value >= 0)) {
      return { problem: 'Unable to decode the request for container logs' };
    }
  }
  const sinceTime = query.get('sinceTime');
  const since = sinceTime ? parseTime(sinceTime) : undefined;
  return {
    follow: query.get('follow') === 'true',
    previous: query.get('previous') === 'true',
    timestamps: query.get('timestamps') === 'true',
    tailLines,
    limitBytes,
    sinceMs: sinceSeconds === undefined ? since : now - sinceSeconds * 1000,
  };
}
