import { jobs } from '../api/generated/batch/v1/resources.ts';
import type { CronJob, Job } from '../api/generated/batch/v1/types.ts';
import type { Pod } from '../api/generated/core/v1/types.ts';
import type { ClusterReader } from './cluster-reader.ts';
import { type Advice, type Explanation, explained, untried } from './explanation.ts';
import { adviceOnRefusals, explainPods, ownedBy, podsOf, warningsOf } from './own-pods.ts';
import { nameOf, referenceTo } from './reference.ts';

const PODS_EXPLAINED = 3;

/** Why a Job isn't done and doesn't get on, if so. */
export async function explainJob(
  job: Job,
  reader: ClusterReader,
  time: { readonly now: number },
): Promise<Explanation> {
  const { conditions = [], startTime, active = 0, succeeded = 0 } = job.status ?? {};
  const find = (type: string) =>
    conditions.find((each) => each.type === type && each.status === 'True');
  if (find('Complete')) return explained(job, { state: 'well', summary: 'it is complete' });
  const own = await podsOf([job], reader);
  const { troubles } = await explainPods(own.filter(isCurrent), reader, time);
  const ended = await explainPods(own.filter(hasFailed).slice(-1), reader, time);
  const causes = [...troubles.slice(0, PODS_EXPLAINED), ...ended.troubles];
  const failed = find('Failed') ?? find('FailureTarget');
  if (failed) {
    const summary = `it has failed: ${failed.reason}: ${failed.message}`;
    return explained(job, { state: 'wrong', summary, causes: ended.troubles });
  }
  if (job.spec.suspend) return suspended(job, 'no pods are made for it');
  const evidence = active === 0 ? await warningsOf([job], reader) : [];
  const isWrong = evidence.length > 0 || troubles.some(({ state }) => state === 'wrong');
  const isWaiting = causes.length > 0 || !startTime;
  return explained(job, {
    state: isWrong ? 'wrong' : isWaiting ? 'waiting' : 'well',
    summary: startTime
      ? `${succeeded} of ${job.spec.completions ?? 1} runs have succeeded, ${active} ${active === 1 ? 'is' : 'are'} under way`
      : 'its controller has not taken it up yet; does it run?',
    evidence,
    advice: adviceOnRefusals(evidence, job.metadata.namespace),
    causes,
  });
}

const hasFailed = ({ status }: Pod): boolean => status.phase === 'Failed';
const isCurrent = (pod: Pod): boolean => !hasFailed(pod) && pod.status.phase !== 'Succeeded';

/** Why a CronJob makes no jobs, or what its last one suffers from. */
export async function explainCronJob(
  cronJob: CronJob,
  reader: ClusterReader,
  time: { readonly now: number },
): Promise<Explanation> {
  const { spec, status, metadata } = cronJob;
  if (spec.suspend) return suspended(cronJob, 'no jobs are made for it');
  const own = ownedBy(cronJob, await reader.list(jobs, metadata.namespace));
  const [last] = own.toSorted((a, b) => (createdAt(a) < createdAt(b) ? 1 : -1));
  const evidence = last ? [] : await warningsOf([cronJob], reader);
  const schedule = `its schedule is "${spec.schedule}"${spec.timeZone ? ` in ${spec.timeZone}` : ''}`;
  if (!last) {
    const since = status?.lastScheduleTime;
    const summary = since
      ? `its last job was made at ${since}, and is gone; ${schedule}`
      : `it has made no job yet; ${schedule}`;
    return explained(cronJob, { state: evidence.length > 0 ? 'wrong' : 'well', summary, evidence });
  }
  const found = await explainJob(last, reader, time);
  const summary = `its last job is ${last.metadata.name}; ${schedule}`;
  return explained(cronJob, {
    state: found.state,
    summary,
    causes: found.state === 'well' ? [] : [found],
  });
}

const createdAt = ({ metadata }: Job): string => metadata.creationTimestamp ?? '';

function suspended(object: Job | CronJob, consequence: string): Explanation {
  const { namespace } = object.metadata;
  const name = nameOf(referenceTo(object));
  const command = `kubectl patch ${name} -n ${namespace} --type=merge -p '{"spec":{"suspend":false}}'`;
  const advice: Advice[] = [untried('resume it', command)];
  const summary = `it is suspended: ${consequence}`;
  return explained(object, { state: 'waiting', summary, advice });
}
