import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMessage } from '../machinery/shape.ts';
import { deployments } from './generated/apps/v1/resources.ts';
import { shapeOf, shapes } from './shapes.ts';

// Goal: a handle leads to its shape, and the shape tells what each dialect needs of a field.
test('the shape of a kind', () => {
  const spec = shapeOf(deployments).fieldsByName.get('spec')!;
  assert.equal(spec.typeName, 'v1.DeploymentSpec');
  assert.equal(spec.number, 2);
  assert.ok(isMessage(spec.type));
  const template = spec.type.fieldsByName.get('template')!;
  assert.ok(isMessage(template.type));
  const podSpec = template.type.fieldsByName.get('spec')!;
  assert.ok(isMessage(podSpec.type));
  const containers = podSpec.type.fieldsByName.get('containers')!;
  assert.deepEqual(containers.listMapKeys, ['name']);
  assert.equal(containers.patchMergeKey, 'name');
  assert.equal(containers.typeName, '[]v1.Container');
  assert.equal(shapes.named('io.k8s.api.apps.v1.Deployment'), shapeOf(deployments));
});

// Goal: no line of the generated data is unreadable, and no reference leads nowhere.
test('every shape can be read', () => {
  let fields = 0;
  for (const shape of shapes.all()) fields += shape.fields.length;
  for (const kind of shapes.kinds()) assert.ok(shapes.ofKind(kind), `${kind.kind}`);
  assert.ok(fields > 2500, `${fields}`);
});
