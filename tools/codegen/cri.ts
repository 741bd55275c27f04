/**
 * Generates `src/runtime/generated/` from the published `api.proto` of CRI v1
 * (Debian package golang-k8s-cri-api-dev): only the calls we make and the messages they reach,
 * and no prose. Usage: node tools/codegen/cri.ts PATH/TO/api.proto
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const METHODS = new Set([
  'Version',
  'Status',
  'RuntimeConfig',
  'RunPodSandbox',
  'StopPodSandbox',
  'RemovePodSandbox',
  'PodSandboxStatus',
  'ListPodSandbox',
  'CreateContainer',
  'StartContainer',
  'StopContainer',
  'RemoveContainer',
  'ListContainers',
  'ContainerStatus',
  'UpdateContainerResources',
  'ReopenContainerLog',
  'ExecSync',
  'Exec',
  'Attach',
  'PortForward',
  'ListContainerStats',
  'ListPodSandboxStats',
  'GetContainerEvents',
  'ListImages',
  'ImageStatus',
  'PullImage',
  'RemoveImage',
  'ImageFsInfo',
]);

/** Top-level blocks by name, comments and unknown options removed. */
function readBlocks(proto: string): Map<string, { kind: string; lines: string[] }> {
  const plain = proto
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/.*$/gm, '')
    .replace(/\s*\[debug_redact = true\]/g, '');
  const blocks = new Map<string, { kind: string; lines: string[] }>();
  // Top-level blocks start and end in the first column, or are empty and stand on one line.
  for (const match of plain.matchAll(/^(service|message|enum) (\w+) *\{(?:\}|([\s\S]*?)^\})/gm)) {
    const [, kind, name, body = ''] = match;
    blocks.set(name!, { kind: kind!, lines: body.split('\n').filter((line) => line.trim()) });
  }
  return blocks;
}

/** What a block keeps: of services the chosen methods, of messages all but the Windows fields. */
function keptLines({ kind, lines }: { kind: string; lines: string[] }): string[] {
  if (kind === 'service') {
    return lines.filter((line) => METHODS.has(/rpc (\w+)/.exec(line)?.[1] ?? ''));
  }
  return lines.filter((line) => !/\bWindows\w+/.test(line));
}

function prune(proto: string): string {
  const blocks = readBlocks(proto);
  const wanted = ['RuntimeService', 'ImageService'];
  for (const name of wanted) {
    const words = keptLines(blocks.get(name)!).join(' ').match(/\w+/g) ?? [];
    for (const word of words) if (blocks.has(word) && !wanted.includes(word)) wanted.push(word);
  }
  const text = wanted.map((name) => {
    const block = blocks.get(name)!;
    return `${block.kind} ${name} {\n${keptLines(block).join('\n')}\n}\n`;
  });
  return `syntax = "proto3";\npackage runtime.v1;\n${text.join('')}`;
}

/** The health protocol of gRPC (grpc.health.v1), by which probes ask. */
const HEALTH = `syntax = "proto3";
package grpc.health.v1;
message HealthCheckRequest { string service = 1; }
message HealthCheckResponse {
  enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; SERVICE_UNKNOWN = 3; }
  ServingStatus status = 1;
}
`;

function main(source: string): void {
  const root = join(import.meta.dirname, '../..');
  const folder = mkdtempSync(join(tmpdir(), 'cri-'));
  writeFileSync(join(folder, 'cri.proto'), prune(readFileSync(source, 'utf8')));
  writeFileSync(join(folder, 'health.proto'), HEALTH);
  execFileSync('protoc', [
    `--plugin=${join(root, 'node_modules/.bin/protoc-gen-es')}`,
    `--proto_path=${folder}`,
    `--es_out=${join(root, 'src/runtime/generated')}`,
    '--es_opt=target=js+dts,import_extension=js',
    'cri.proto',
    'health.proto',
  ]);
  rmSync(folder, { recursive: true });
}

main(process.argv[2]!);
