/**
 * The program that holds a pod's namespaces: it does nothing, for ever, without files or memory to
 * speak of. As the first process of a shared PID namespace it also has to reap orphans, which the
 * kernel does for it once SIGCHLD is ignored. Small enough to write down as machine code, so that
 * no compiler and no registry is needed.
 */

const BASE = 0x400000;
const ELF_HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const SIG_IGN = 1;
const SIGCHLD = 17;

/** An ELF executable for a machine, by the names of `process.arch`; undefined for others. */
export function pauseProgram(arch: string): Uint8Array | undefined {
  if (arch === 'x64') return executable(62, X64_CODE);
  return arch === 'arm64' ? executable(183, arm64Code()) : undefined;
}

/** A file of one segment, loaded and run from its beginning. */
function executable(machine: number, code: Uint8Array): Uint8Array {
  const headers = ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES;
  const file = Buffer.alloc(headers + code.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // 64 bits, little-endian, version 1.
  file.writeUInt16LE(2, 16); // An executable.
  file.writeUInt16LE(machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(BASE + headers), 24); // Where it begins to run.
  file.writeBigUInt64LE(BigInt(ELF_HEADER_BYTES), 32); // Where the program header is.
  file.writeUInt16LE(ELF_HEADER_BYTES, 52);
  file.writeUInt16LE(PROGRAM_HEADER_BYTES, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, ELF_HEADER_BYTES); // To be loaded,
  file.writeUInt32LE(5, ELF_HEADER_BYTES + 4); // to be read and executed,
  file.writeBigUInt64LE(BigInt(BASE), ELF_HEADER_BYTES + 16); // here.
  file.writeBigUInt64LE(BigInt(BASE), ELF_HEADER_BYTES + 24);
  file.writeBigUInt64LE(BigInt(file.length), ELF_HEADER_BYTES + 32);
  file.writeBigUInt64LE(BigInt(file.length), ELF_HEADER_BYTES + 40);
  file.writeBigUInt64LE(0x1000n, ELF_HEADER_BYTES + 48);
  file.set(code, headers);
  return file;
}

// The kernel's `struct sigaction`: handler, flags, restorer, mask.
const IGNORE_ACTION = [SIG_IGN, ...new Array<number>(31).fill(0)];

const X64_CODE = Uint8Array.from([
  ...[0x31, 0xd2], // xor edx, edx
  ...[0xbf, SIGCHLD, 0, 0, 0], // mov edi, SIGCHLD
  ...[0x48, 0x8d, 0x35, 22, 0, 0, 0], // lea rsi, [action]
  ...[0x41, 0xba, 8, 0, 0, 0], // mov r10d, 8
  ...[0xb8, 13, 0, 0, 0], // mov eax, rt_sigaction
  ...[0x0f, 0x05], // syscall
  ...[0xb8, 34, 0, 0, 0], // again: mov eax, pause
  ...[0x0f, 0x05], // syscall
  ...[0xeb, 0xf7], // jmp again
  ...IGNORE_ACTION,
]);

function arm64Code(): Uint8Array {
  const move = (register: number, value: number) => 0xd2800000 + value * 32 + register;
  const supervisorCall = 0xd4000001;
  const words = [
    move(0, SIGCHLD),
    0x10000001 + (13 - 1) * 32, // adr x1, action: 12 words ahead
    move(2, 0),
    move(3, 8),
    move(8, 134), // rt_sigaction
    supervisorCall,
    move(0, 0), // again: no descriptors, no time limit
    move(1, 0),
    move(2, 0),
    move(3, 0),
    move(8, 73), // ppoll
    supervisorCall,
    0x14000000 + (2 ** 26 - 6), // b again
  ];
  const code = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) code.writeUInt32LE(word, index * 4);
  return Buffer.concat([code, Buffer.from(IGNORE_ACTION)]);
}
