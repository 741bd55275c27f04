import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detailsOf, snapshotterOf } from './runtime-details.ts';

// Goal: what runtimes say of themselves is understood, and what they don't say isn't made up.

const cniconfig = JSON.stringify({ PluginDirs: ['/opt/cni/bin'], PluginConfDir: '/etc/cni/net.d' });
const cni = { cniConfDir: '/etc/cni/net.d', cniBinDirs: ['/opt/cni/bin'] };
const handlers = (options: object | null) => ({
  defaultRuntimeName: 'runc',
  runtimes: { runc: { options }, other: { options: { SystemdCgroup: true } } },
});

for (const { name, info, details } of [
  {
    name: 'containerd 1.6',
    info: {
      cniconfig,
      config: JSON.stringify({
        sandboxImage: 'registry.k8s.io/pause:3.6',
        containerd: { snapshotter: 'overlayfs', ...handlers({ SystemdCgroup: false }) },
      }),
      golang: '"go1.19.8"',
      lastCNILoadStatus: 'cni config load failed',
    },
    details: {
      ...cni,
      sandboxImage: 'registry.k8s.io/pause:3.6',
      snapshotter: 'overlayfs',
      cgroupDriver: 'cgroupfs',
    },
  },
  {
    name: 'containerd 2, whose images have settings of their own',
    info: {
      cniconfig,
      config: JSON.stringify({ containerd: handlers({ SystemdCgroup: true }) }),
    },
    details: { ...cni, cgroupDriver: 'systemd' },
  },
  {
    name: 'a containerd of few words',
    info: { config: JSON.stringify({ containerd: handlers(null) }) },
    details: { cgroupDriver: 'cgroupfs' },
  },
  { name: 'another runtime', info: { config: '[crio]\nroot = "/x"', cniconfig: '3' }, details: {} },
  { name: 'one that says nothing', info: {}, details: {} },
] as const) {
  test(name, () => assert.deepEqual(detailsOf(info), details));
}

test('the path of the images names the snapshotter of a containerd, and of no other', () => {
  const path = '/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs';
  assert.equal(snapshotterOf(path), 'overlayfs');
  assert.equal(snapshotterOf('/var/lib/containers/storage/overlay-images'), undefined);
});
