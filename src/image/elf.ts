/** Processors that we can write programs for, in Go's words. */
export type Architecture = 'amd64' | 'arm64';

/** A piece of machine code: bytes, a label, or an instruction whose bytes depend on where one is. */
export type CodePart =
  | readonly number[]
  | { readonly label: string }
  | {
      readonly to: string;
      /** How many bytes it takes. */
      readonly size: number;
      /** Its bytes, given the distance in bytes from its own first byte to the label. */
      readonly encode: (distance: number) => readonly number[];
    };

/** Lays out code and resolves its labels. */
export function assemble(parts: readonly CodePart[]): Uint8Array {
  const labels = new Map<string, number>();
  const sizeOf = (part: CodePart) => ('label' in part ? 0 : 'to' in part ? part.size : part.length);
  let end = 0;
  for (const part of parts) {
    if ('label' in part) labels.set(part.label, end);
    end += sizeOf(part);
  }
  const code: number[] = [];
  for (const part of parts) {
    if ('to' in part) code.push(...part.encode(labels.get(part.to)! - code.length));
    else if (!('label' in part)) code.push(...part);
  }
  return Uint8Array.from(code);
}

const MACHINES: Readonly<Record<Architecture, number>> = { amd64: 62, arm64: 183 }; // EM_X86_64, EM_AARCH64
const BASE = 0x400000n; // Where the file is mapped.
const FILE_HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const HEADERS_BYTES = FILE_HEADER_BYTES + 2 * PROGRAM_HEADER_BYTES;
const READ = 4;
const WRITE = 2;
const EXECUTE = 1;

/**
 * A static Linux program that begins at the first byte of `code`: an ELF64 file whose whole self is
 * one read-only, executable segment, so there are no sections, no symbols and no writable data.
 */
export function elfProgram(architecture: Architecture, code: Uint8Array): Uint8Array {
  const size = BigInt(HEADERS_BYTES + code.length);
  const file = new Uint8Array(Number(size));
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // ELF, 64 bits, little-endian, version 1
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, MACHINES[architecture], true);
  view.setUint32(20, 1, true); // version
  view.setBigUint64(24, BASE + BigInt(HEADERS_BYTES), true); // entry
  view.setBigUint64(32, BigInt(FILE_HEADER_BYTES), true); // program headers follow
  view.setUint16(52, FILE_HEADER_BYTES, true);
  view.setUint16(54, PROGRAM_HEADER_BYTES, true);
  view.setUint16(56, 2, true); // how many
  view.setUint16(58, FILE_HEADER_BYTES, true); // the size of a section header, if there were one

  const programHeader = (offset: number, type: number, flags: number, mapped: bigint) => {
    view.setUint32(offset, type, true);
    view.setUint32(offset + 4, flags, true);
    view.setBigUint64(offset + 16, mapped > 0n ? BASE : 0n, true); // virtual address
    view.setBigUint64(offset + 24, mapped > 0n ? BASE : 0n, true); // physical address
    view.setBigUint64(offset + 32, mapped, true); // bytes in the file
    view.setBigUint64(offset + 40, mapped, true); // bytes in memory
    view.setBigUint64(offset + 48, 0x10000n, true); // alignment, for pages of up to 64 KiB
  };
  programHeader(FILE_HEADER_BYTES, 1, READ | EXECUTE, size); // PT_LOAD
  // PT_GNU_STACK: without it, kernels give old programs an executable stack.
  programHeader(FILE_HEADER_BYTES + PROGRAM_HEADER_BYTES, 0x6474e551, READ | WRITE, 0n);
  file.set(code, HEADERS_BYTES);
  return file;
}
