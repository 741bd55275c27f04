import type {
  Container,
  Pod,
  ServiceAccount,
  Volume,
  VolumeMount,
} from '../../api/generated/core/v1/types.ts';
import { nameSuffix, type Random } from '../../base/random.ts';
import { type Draft, deepFreeze, type KubeObject } from '../../machinery/object.ts';
import { forbidden } from '../../machinery/status.ts';
import type { Store } from '../../store/store.ts';
import type { AdmissionPlugin } from './admission.ts';
import { isPodCreate } from './pods.ts';
import { mirrorProblem, unlistedSecret } from './secret-references.ts';

const PODS = { group: '', plural: 'pods' };
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const VOLUME_PREFIX = 'kube-api-access-';
const READ_ALL = 0o644;
// An hour, and a little so that it can be told from what users choose.
const TOKEN_SECONDS = 3607;

/** Every pod runs as a service account of its namespace, and gets a token for it. */
export const serviceAccountAdmission = (
  store: Store<KubeObject>,
  random: Random,
): AdmissionPlugin => {
  const token = tokenNamed(VOLUME_PREFIX + nameSuffix(random));
  return {
    name: 'ServiceAccount',
    admit(attributes) {
      if (!isPodCreate(attributes)) return;
      const pod = attributes.object as Draft<Pod>;
      const { namespace = '', name } = attributes;
      if (pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) {
        return refuseIf(mirrorProblem(pod as Pod), name);
      }
      const { spec } = pod;
      spec.serviceAccountName ||= 'default';
      spec.serviceAccount = spec.serviceAccountName;
      const account = store.latest(
        `/registry/serviceaccounts/${namespace}/${spec.serviceAccountName}`,
      )?.value as ServiceAccount | undefined;
      if (account === undefined) {
        const detail = `error looking up service account ${namespace}/${spec.serviceAccountName}: serviceaccount ${JSON.stringify(spec.serviceAccountName)} not found`;
        throw forbidden(PODS, name, detail);
      }
      if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) {
        mountToken(pod, token);
      }
      if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
        spec.imagePullSecrets = account.imagePullSecrets.map(({ name: secret }) => ({
          name: secret,
        }));
      }
      refuseIf(unlistedSecret(pod as Pod, account), name);
    },
  };
};

function refuseIf(problem: string | undefined, name: string): void {
  if (problem !== undefined) throw forbidden(PODS, name, problem);
}

/** Adds the volume with the token to every container that has nothing at its place. */
function mountToken({ spec }: Draft<Pod>, token: Token): void {
  const own = spec.volumes?.find(({ name }) => name.startsWith(VOLUME_PREFIX));
  const mount = own === undefined ? token.mount : mountOf(own.name);
  const isUsedFirst = mountIn(spec.initContainers, mount);
  const isUsed = mountIn(spec.containers, mount) || isUsedFirst;
  if (!isUsed || own !== undefined) return;
  spec.volumes ??= [];
  spec.volumes.push(token.volume);
}

/** Whether any container has it now. */
function mountIn(containers: Draft<Container>[] | undefined, mount: Draft<VolumeMount>): boolean {
  let isUsed = false;
  for (const container of containers ?? []) {
    if (container.volumeMounts?.some(({ mountPath }) => mountPath === TOKEN_PATH)) continue;
    isUsed = true;
    container.volumeMounts ??= [];
    container.volumeMounts.push(mount);
  }
  return isUsed;
}

const mountOf = (name: string): Draft<VolumeMount> => ({
  name,
  readOnly: true,
  mountPath: TOKEN_PATH,
});

/** The volume and its mount. The name has to differ only from those of the same pod's volumes. */
interface Token {
  readonly volume: Draft<Volume>;
  readonly mount: Draft<VolumeMount>;
}

const tokenNamed = (name: string): Token =>
  deepFreeze({ volume: tokenVolume(name), mount: mountOf(name) });

const tokenVolume = (name: string): Draft<Volume> => ({
  name,
  projected: {
    defaultMode: READ_ALL,
    sources: [
      { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [
            {
              path: 'namespace',
              fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' },
            },
          ],
        },
      },
    ],
  },
});
