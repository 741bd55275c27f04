import { typeEntry } from './schemas.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** Every group with its versions that Kubernetes 1.36 knows, those too that it doesn't serve. */
const KNOWN = `
  v1
  admissionregistration.k8s.io: v1 v1alpha1 v1beta1
  apps: v1 v1beta1 v1beta2
  authentication.k8s.io: v1 v1alpha1 v1beta1
  authorization.k8s.io: v1 v1beta1
  autoscaling: v1 v2
  batch: v1 v1beta1
  certificates.k8s.io: v1 v1alpha1 v1beta1
  coordination.k8s.io: v1 v1alpha2 v1beta1
  discovery.k8s.io: v1 v1beta1
  events.k8s.io: v1 v1beta1
  extensions: v1beta1
  flowcontrol.apiserver.k8s.io: v1 v1beta1 v1beta2 v1beta3
  internal.apiserver.k8s.io: v1alpha1
  networking.k8s.io: v1 v1beta1
  node.k8s.io: v1 v1alpha1 v1beta1
  policy: v1 v1beta1
  rbac.authorization.k8s.io: v1 v1alpha1 v1beta1
  resource.k8s.io: v1 v1alpha3 v1beta1 v1beta2
  scheduling.k8s.io: v1 v1alpha2 v1beta1
  storage.k8s.io: v1 v1alpha1 v1beta1
  storagemigration.k8s.io: v1beta1`;

const everywhere: readonly string[] = KNOWN.trim()
  .split('\n')
  .flatMap((line) => {
    const [group = '', versions] = line.trim().split(': ');
    return versions?.split(' ').map((version) => `${group}/${version}`) ?? [group];
  });

/** Kinds that aren't of one group: what documents say that they are of. */
export const commonKinds: ReadonlyMap<string, readonly object[]> = new Map([
  [`${META}.DeleteOptions`, everywhere.map((each) => typeEntry(each, 'DeleteOptions'))],
  [`${META}.WatchEvent`, everywhere.map((each) => typeEntry(each, 'WatchEvent'))],
  [`${META}.Status`, [typeEntry('v1', 'Status')]],
]);
