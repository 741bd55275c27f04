import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';

// Goal: whoever copies an example of the guide has a test that passes.

const ROOT = join(import.meta.dirname, '../..');
const guide = readFileSync(join(ROOT, 'docs/testing.md'), 'utf8');
const examples = [...guide.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);

const folder = mkdtempSync(join(tmpdir(), 'guide-'));
after(() => rmSync(folder, { recursive: true }));

/** What the examples import, as they would find it where the package is installed. */
const MODULES: Readonly<Record<string, string>> = {
  'tutti/testing': pathToFileURL(join(ROOT, 'src/testing/testing.ts')).href,
  '@kubernetes/client-node': import.meta.resolve('@kubernetes/client-node'),
};

/** What `helm template` prints of a chart, as no package of the distribution has Helm. */
const CHART = `#!/bin/sh
cat <<END
---
# Source: shop/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  labels:
    app.kubernetes.io/managed-by: Helm
spec:
  replicas: 3
  strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      containers:
        - name: shop
          image: "shop:\${5##*=}"
END
`;
writeFileSync(join(folder, 'helm'), CHART);
chmodSync(join(folder, 'helm'), 0o755);

/** kubectl, where examples use it: the newest there is. */
function kubectlFolder(): string {
  const script = join(ROOT, 'tools/kubectl.sh');
  return dirname(execFileSync('bash', [script, 'new'], { encoding: 'utf8' }).trim());
}

test('the guide has examples', () => assert.ok(examples.length >= 9));

for (const [index, code] of examples.entries()) {
  const titles = [...code.matchAll(/^test\('(.*?)'/gm)].map(([, title]) => title);
  test(`example ${index + 1}: ${titles.join('; ')}`, async () => {
    const file = join(folder, `example-${index}.test.mjs`);
    const placed = Object.entries(MODULES).reduce(
      (text, [name, url]) => text.replace(`from '${name}'`, `from '${url}'`),
      code,
    );
    writeFileSync(file, placed);
    const tools = code.includes('kubectl') ? [kubectlFolder(), folder] : [folder];
    const { code: exit, output } = await run(file, tools);
    assert.equal(exit, 0, output);
    assert.match(output, new RegExp(`^# pass ${titles.length}$`, 'm'));
  });
}

function run(
  file: string,
  tools: readonly string[],
): Promise<{ code: number | null; output: string }> {
  const { NODE_TEST_CONTEXT: _, ...rest } = process.env; // Else it reports to this test's runner.
  const env = { ...rest, PATH: [...tools, rest.PATH].join(delimiter) };
  return new Promise((resolve) => {
    const args = ['--test', '--test-reporter=tap', file];
    const child = execFile(process.execPath, args, { env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, output: stdout + stderr }),
    );
  });
}
