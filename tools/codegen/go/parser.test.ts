import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { writeText } from '../files.ts';
import { marker } from './markers.ts';
import { parsePackage } from './parser.ts';

const SOURCE = `package v1

import (
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// +enum
type Mode string

const (
	ModeFast Mode = "Fast"
	ModeSlow      = Mode("Slow")
	ModeCore      = Mode(core.Slow)
)

// +genclient
// +genclient:nonNamespaced

// Thing is described here.
type Thing struct {
	core.Meta \`json:",inline"\`

	// +optional
	// +listType=map
	// +listMapKey=name
	Parts []core.Part \`json:"parts,omitempty" protobuf:"bytes,1,rep,name=parts"\`
	hidden int
}

func (t *Thing) Method() {
	type Inner struct{}
}

type Empty struct{}
`;

// Goal: declarations, tags and markers are found, and nothing inside of functions.
test('reads the declarations of a package', () => {
  const folder = mkdtempSync(`${tmpdir()}/codegen-`);
  try {
    writeText(`${folder}/types.go`, SOURCE);
    writeText(`${folder}/zz_generated.deepcopy.go`, 'package v1\n\ntype Generated struct{}\n');
    const found = parsePackage(folder, 'k8s.io/api/things/v1');
    assert.deepEqual([...found.structs.keys()], ['Thing', 'Empty']);
    const thing = found.structs.get('Thing')!;
    assert.equal(marker(thing.markers, 'genclient:nonNamespaced'), '');
    assert.equal(thing.imports.get('core'), 'k8s.io/api/core/v1');
    assert.equal(thing.imports.get('types'), 'k8s.io/apimachinery/pkg/types');
    const [meta, parts] = thing.fields;
    assert.deepEqual([meta!.name, meta!.type, meta!.tags], ['', 'core.Meta', { json: ',inline' }]);
    assert.deepEqual([parts!.name, parts!.type], ['Parts', '[]core.Part']);
    assert.deepEqual(parts!.tags, { json: 'parts,omitempty', protobuf: 'bytes,1,rep,name=parts' });
    assert.equal(marker(parts!.markers, 'listMapKey'), 'name');
    assert.equal(thing.fields.length, 2);
    const modes = [...found.constants.values()].map(({ type, value }) => [type, value]);
    assert.deepEqual(modes, [
      ['Mode', '"Fast"'],
      ['Mode', '"Slow"'],
      ['Mode', 'core.Slow'],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
