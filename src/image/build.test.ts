import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BuildOptions, baseImagesOf, buildImage } from './build.ts';
import { addBusyboxImage, BUSYBOX_IMAGE } from './busybox.ts';
import { parseContainerfile } from './containerfile.ts';
import type { BuildContext, ContextFile } from './context.ts';
import { createImageLibrary, type ImageLibrary, type StoredImage } from './library.ts';
import { readRootfs } from './rootfs.ts';
import { createMemoryStorage, once, readAll } from './storage.ts';

const OPTIONS: BuildOptions = { tag: 'app', platform: { os: 'linux', architecture: 'amd64' } };
const encoder = new TextEncoder();

/** A context in memory: text of files by path; a text that begins with `->` is a link. */
function contextOf(texts: Record<string, string>): BuildContext {
  const files = new Map<string, ContextFile>();
  for (const [path, text] of Object.entries(texts)) {
    const parts = path.split('/');
    for (let i = 1; i < parts.length; i++) {
      const folder = parts.slice(0, i).join('/');
      files.set(folder, { path: folder, type: 'directory', mode: 0o755, size: 0 });
    }
    if (text.startsWith('->')) {
      files.set(path, { path, type: 'symlink', mode: 0o777, size: 0, linkname: text.slice(2) });
    } else {
      files.set(path, { path, type: 'file', mode: 0o644, size: encoder.encode(text).length });
    }
  }
  return {
    list: async (rules) =>
      [...files.values()]
        .filter(({ path }) => !rules.ignores(path))
        .sort((a, b) => (a.path < b.path ? -1 : 1)),
    open: (path) => once(encoder.encode(texts[path]!)),
    readText: async (path) => texts[path],
  };
}

const newLibrary = () => createImageLibrary(createMemoryStorage());

async function build(
  containerfile: string,
  files: Record<string, string> = {},
  { library = newLibrary(), ...options }: Partial<BuildOptions> & { library?: ImageLibrary } = {},
) {
  const context = contextOf({ ...files, Containerfile: containerfile });
  const image = await buildImage(library, context, { ...OPTIONS, ...options });
  return { image, library };
}

/** `path: text` of each file, `path/` of folders, `path -> target` of links; with owners on demand. */
async function filesOf(library: ImageLibrary, image: StoredImage, owners = false) {
  const lines: string[] = [];
  for (const [path, file] of (await readRootfs(library.storage, image)).list()) {
    const about = owners ? ` ${file.uid}:${file.gid} ${file.mode.toString(8)}` : '';
    if (file.type === 'directory') lines.push(`${path}/${about}`);
    else if (file.linkname !== undefined) lines.push(`${path} -> ${file.linkname}`);
    else lines.push(`${path}: ${new TextDecoder().decode(await readAll(file.open!()))}${about}`);
  }
  return lines;
}

// Goal: COPY puts files where Docker would put them.
const tree = { 'a.txt': 'A', 'b.txt': 'B', 'sub/c': 'C', 'sub/deep/d': 'D', 'sub/l': '->c' };
for (const row of [
  { name: 'a file to a path', copy: 'COPY a.txt /x/y', want: ['x/', 'x/y: A'] },
  { name: 'a file into a folder', copy: 'COPY a.txt /x/', want: ['x/', 'x/a.txt: A'] },
  {
    name: 'a file into a folder that is there',
    copy: 'WORKDIR /x\nCOPY a.txt /x',
    want: ['x/', 'x/a.txt: A'],
  },
  {
    name: 'a file to the working directory',
    copy: 'WORKDIR /w/v\nCOPY a.txt .',
    want: ['w/', 'w/v/', 'w/v/a.txt: A'],
  },
  {
    name: 'the content of a folder',
    copy: 'COPY sub /x',
    want: ['x/', 'x/c: C', 'x/deep/', 'x/deep/d: D', 'x/l -> c'],
  },
  { name: 'files that match', copy: 'COPY *.txt /x/', want: ['x/', 'x/a.txt: A', 'x/b.txt: B'] },
  {
    name: 'what of several there is',
    copy: 'COPY a.txt nothin[g] /x/',
    want: ['x/', 'x/a.txt: A'],
  },
  {
    name: 'a leading slash and dots',
    copy: 'COPY ../a.txt /./sub/../b.txt /x/',
    want: ['x/', 'x/a.txt: A', 'x/b.txt: B'],
  },
  { name: 'a link as what it leads to', copy: 'COPY sub/l /x', want: ['x: C'] },
  { name: 'the last of two over the first', copy: 'COPY a.txt /x\nCOPY b.txt /x', want: ['x: B'] },
  {
    name: 'names with variables',
    copy: 'ARG N=a\nENV D=/x\nCOPY $N.txt $D/y',
    want: ['x/', 'x/y: A'],
  },
  {
    name: 'from another stage',
    copy: 'COPY a.txt /1\nFROM scratch\nCOPY --from=0 /1 /2',
    want: ['2: A'],
  },
  {
    name: 'from a stage by name',
    copy: 'COPY sub /s\nFROM scratch\nCOPY --from=one /s/deep /',
    want: ['d: D'],
  },
  {
    name: 'on top of another stage',
    copy: 'COPY a.txt /1\nFROM one AS two\nCOPY b.txt /2',
    want: ['1: A', '2: B'],
  },
]) {
  test(`copies ${row.name}`, async () => {
    const { image, library } = await build(`FROM scratch AS one\n${row.copy}`, tree);
    assert.deepEqual(await filesOf(library, image), row.want);
  });
}

test('ignored files stay out, and the error of one says so', async () => {
  const files = { ...tree, '.dockerignore': '*.txt\nContainerfile\n.dockerignore' };
  const { image, library } = await build('FROM scratch\nCOPY . /', files);
  assert.deepEqual(await filesOf(library, image), [
    'sub/',
    'sub/c: C',
    'sub/deep/',
    'sub/deep/d: D',
    'sub/l -> c',
  ]);
  await assert.rejects(
    build('FROM scratch\nCOPY a.txt /', files),
    /^ContainerfileError: Containerfile:2: COPY: can't copy a.txt: the ignore file leaves it out$/,
  );
});

test('owners and modes are set, by number or by a name in the image', async () => {
  const library = newLibrary();
  const busybox = { binary: encoder.encode('bb'), applets: ['sh'], architecture: 'amd64' } as const;
  await addBusyboxImage(library, busybox);
  const source = `FROM ${BUSYBOX_IMAGE}
COPY --chown=nobody --chmod=0755 a.txt /n/a
COPY --chown=5 a.txt /n/b
COPY --chown=root:nogroup a.txt /n/c`;
  const { image } = await build(source, tree, { library });
  const owned = (await filesOf(library, image, true)).filter((line) => line.startsWith('n/'));
  assert.deepEqual(owned, [
    'n/ 65534:65534 755',
    'n/a: A 65534:65534 755',
    'n/b: A 5:5 644',
    'n/c: A 0:65534 644',
  ]);
});

test('links of the base are followed, and stay', async () => {
  const library = newLibrary();
  const files = { 'r/usr/bin/sh': 'S', 'r/bin': '->usr/bin', 'a.txt': 'A' };
  await build('FROM scratch\nCOPY r /', files, { library, tag: 'base' });
  const { image } = await build('FROM base\nCOPY a.txt /bin/a', files, { library });
  assert.deepEqual(await filesOf(library, image), [
    'bin -> usr/bin',
    'usr/',
    'usr/bin/',
    'usr/bin/a: A',
    'usr/bin/sh: S',
  ]);
});

test('the configuration says what the instructions said', async () => {
  const source = `ARG V=1
FROM scratch
ARG V
ARG W=w$V
ENV A=$W B="x y"
ENV A=2 C=$A
LABEL a.b=c "d e"="$B"
WORKDIR /srv
WORKDIR app
USER 1000:1000
EXPOSE 80 8000-8001/udp
VOLUME /data
STOPSIGNAL SIGINT
ENTRYPOINT ["/run"]
CMD --flag $A`;
  const { image } = await build(source, {}, { buildArgs: { V: '7' } });
  assert.deepEqual(image.config.config, {
    Env: ['A=2', 'B=x y', 'C=w7'],
    Labels: { 'a.b': 'c', 'd e': 'x y' },
    WorkingDir: '/srv/app',
    User: '1000:1000',
    ExposedPorts: { '80/tcp': {}, '8000/udp': {}, '8001/udp': {} },
    Volumes: { '/data': {} },
    StopSignal: 'SIGINT',
    Entrypoint: ['/run'],
    Cmd: ['/bin/sh', '-c', '--flag $A'],
  });
});

test('an ENTRYPOINT puts the CMD of the base out of force, its own stays', async () => {
  const library = newLibrary();
  await build('FROM scratch\nENV A=1\nCMD ["old"]', {}, { library, tag: 'base' });
  const reset = await build('FROM base\nENTRYPOINT ["/e"]', {}, { library });
  assert.deepEqual(reset.image.config.config, { Env: ['A=1'], Cmd: undefined, Entrypoint: ['/e'] });
  const own = await build('FROM base\nCMD ["new"]\nENTRYPOINT ["/e"]', {}, { library });
  assert.deepEqual(own.image.config.config?.Cmd, ['new']);
});

test('the same input gives the same digest, and other input another', async () => {
  const source = 'FROM scratch\nCOPY . /\nENV A=1';
  const digest = async (files: Record<string, string>) => (await build(source, files)).image.digest;
  assert.equal(await digest(tree), await digest({ ...tree }));
  assert.notEqual(await digest(tree), await digest({ ...tree, 'a.txt': 'other' }));
  // Pinned: an image doesn't change because Tutti's own version did.
  assert.equal(
    await digest({ x: 'y' }),
    'sha256:8533c03e3124341817064b738ac1adc6c191905014a3a9cfad67e653acab418d',
  );
});

test('only the stages that are needed are built', async () => {
  const source = 'FROM missing AS a\nFROM scratch AS b\nENV A=1\nFROM scratch\nCOPY x /';
  assert.deepEqual((await build(source, { x: '1' })).image.manifest.layers.length, 1);
  const { image } = await build(source, {}, { target: 'b' });
  assert.deepEqual(image.config.config, { Env: ['A=1'] });
});

// Goal: each failure names its line and says what to do.
for (const row of [
  {
    name: 'a base that is not here',
    source: 'FROM nope:1',
    says: /Containerfile:1: there is no image docker.io\/library\/nope:1 here, and builds don't pull/,
  },
  {
    name: 'a bad base name',
    source: 'FROM Nope',
    says: /Containerfile:1: "Nope" is not an image name/,
  },
  {
    name: 'a missing file',
    source: 'FROM scratch\nCOPY zzz /',
    says: /Containerfile:2: COPY: can't copy zzz: it is not in the folder to build/,
  },
  {
    name: 'nothing that matches',
    source: 'FROM scratch\nCOPY *.z /',
    says: /nothing in the folder to build matches \*\.z/,
  },
  {
    name: 'several files without a folder',
    source: 'FROM scratch\nCOPY a.txt b.txt /x',
    says: /must end with a slash: \/x\//,
  },
  {
    name: 'a folder over a file',
    source: 'FROM scratch\nCOPY a.txt /x\nCOPY sub /x',
    says: /Containerfile:3: COPY: can't copy a folder to \/x/,
  },
  {
    name: 'an owner unknown to the image',
    source: 'FROM scratch\nCOPY --chown=bob a.txt /',
    says: /the image knows no bob/,
  },
  {
    name: 'a mode in letters',
    source: 'FROM scratch\nCOPY --chmod=u+x a.txt /',
    says: /--chmod takes an octal mode/,
  },
  {
    name: 'a stage that is not there',
    source: 'FROM scratch\nCOPY --from=9 a /',
    says: /Containerfile:2: there is no image docker.io\/library\/9/,
  },
  {
    name: 'another platform',
    source: 'FROM scratch AS a\nFROM --platform=linux/arm64 scratch',
    says: /Containerfile:2: FROM --platform=linux\/arm64: builds here are for linux\/amd64 only/,
  },
  {
    name: 'a bad port',
    source: 'FROM scratch\nEXPOSE 0',
    says: /Containerfile:2: EXPOSE: 0 is not a port/,
  },
  {
    name: 'a bad variable',
    source: 'FROM scratch\nENV A=${B',
    says: /Containerfile:2: ENV: a \$\{ is not closed/,
  },
]) {
  test(`refuses ${row.name}`, async () => {
    await assert.rejects(build(row.source, tree), row.says);
  });
}

test('without a Containerfile the error says what it looked for', async () => {
  await assert.rejects(
    buildImage(newLibrary(), contextOf({}), OPTIONS),
    /there is no Containerfile and no Dockerfile in the folder to build/,
  );
});

test('the platform that is built for may be named', async () => {
  await build('ARG P\nFROM --platform=$TARGETPLATFORM scratch AS a\nFROM --platform=$P a');
});

test('HEALTHCHECK is a warning', async () => {
  const { image } = await build('FROM scratch\nHEALTHCHECK CMD true');
  assert.match(image.warnings[0]!, /^Containerfile:2: HEALTHCHECK has no effect/);
});

test('the bases a build needs are known before', () => {
  const source = 'ARG B=deb:1\nFROM $B AS x\nFROM x\nFROM scratch\nFROM busy';
  assert.deepEqual(baseImagesOf(parseContainerfile(source), OPTIONS), [
    'docker.io/library/deb:1',
    'docker.io/library/busy:latest',
  ]);
});
