import { type Architecture, assemble, type CodePart, elfProgram } from './elf.ts';
import { putLayer } from './layer.ts';
import type { ImageLibrary, StoredImage } from './library.ts';
import { once } from './storage.ts';

/** The name of the sandbox image, for the container runtime's configuration. */
export const PAUSE_IMAGE = 'tutti.local/pause:1';

/*
 * What the program does, on every processor:
 *
 *   block SIGINT, SIGTERM and SIGCHLD
 *   forever:
 *     wait for one of them
 *     SIGINT, SIGTERM: exit(0)
 *     SIGCHLD: reap children while there are dead ones
 *
 * As PID 1 it would never be sent a signal that has its default action; a blocked one is queued
 * all the same, and so needs no handler. Children come to it when the pod shares its PID namespace.
 */
const SIGINT = 2;
const SIGTERM = 15;
const SIGCHLD = 17;
const SIGNALS = [SIGINT, SIGTERM, SIGCHLD].reduce((set, signal) => set | (1 << (signal - 1)), 0);
const SIGNAL_SET_BYTES = 8;
const WNOHANG = 1;

const little32 = (value: number): number[] =>
  [0, 8, 16, 24].map((shift) => (value >> shift) & 0xff);
const signalSet: CodePart[] = [{ label: 'set' }, [...little32(SIGNALS), ...little32(0)]];

/** x86-64: the number of the call in eax, arguments in rdi, rsi, rdx, r10. */
function codeForAmd64(): Uint8Array {
  const call = (number: number): number[] => [0xb8, ...little32(number), 0x0f, 0x05]; // mov eax; syscall
  const compare = (value: number): number[] => [0x83, 0xf8, value]; // cmp eax, value
  const jump = (opcode: number, to: string): CodePart => ({
    to,
    size: 2,
    encode: (distance) => [opcode, (distance - 2) & 0xff],
  });
  const addressOf = (opcode: number, to: string): CodePart => ({
    to,
    size: 7, // lea r64, [rip + distance]
    encode: (distance) => [0x48, 0x8d, opcode, ...little32(distance - 7)],
  });
  const [RSI, RDI] = [0x35, 0x3d];
  const [JE, JNE, JG, JMP] = [0x74, 0x75, 0x7f, 0xeb];
  const SIZE_TO_R10 = [0x41, 0xba, ...little32(SIGNAL_SET_BYTES)];
  const [CLEAR_EDI, CLEAR_ESI, CLEAR_EDX, CLEAR_R10] = [
    [0x31, 0xff],
    [0x31, 0xf6],
    [0x31, 0xd2],
    [0x45, 0x31, 0xd2],
  ];
  return assemble([
    CLEAR_EDI, // SIG_BLOCK
    addressOf(RSI, 'set'),
    CLEAR_EDX, // the old set isn't wanted
    SIZE_TO_R10,
    call(14), // rt_sigprocmask
    { label: 'wait' },
    addressOf(RDI, 'set'),
    CLEAR_ESI, // no details
    CLEAR_EDX, // no timeout
    SIZE_TO_R10,
    call(128), // rt_sigtimedwait
    compare(SIGCHLD),
    jump(JE, 'reap'),
    compare(SIGINT),
    jump(JE, 'exit'),
    compare(SIGTERM),
    jump(JNE, 'wait'), // interrupted
    { label: 'exit' },
    CLEAR_EDI,
    call(231), // exit_group
    { label: 'reap' },
    [0xbf, ...little32(-1)], // mov edi, -1: any child
    CLEAR_ESI, // its status isn't wanted
    [0xba, ...little32(WNOHANG)], // mov edx
    CLEAR_R10, // nor its resource usage
    call(61), // wait4
    [0x85, 0xc0], // test eax, eax
    jump(JG, 'reap'),
    jump(JMP, 'wait'),
    ...signalSet,
  ]);
}

/** AArch64: the number of the call in x8, arguments in x0 to x3. */
function codeForArm64(): Uint8Array {
  const move = (register: number, value: number) => little32(0xd2800000 | (value << 5) | register); // movz
  const compare = (value: number) => little32(0xf100001f | (value << 10)); // cmp x0, value
  const call = (number: number): number[] => [...move(8, number), ...little32(0xd4000001)]; // svc 0
  const jumpIf = (condition: number, to: string): CodePart => ({
    to,
    size: 4, // b.cond
    encode: (distance) => little32(0x54000000 | (((distance >> 2) & 0x7ffff) << 5) | condition),
  });
  const addressOf = (register: number, to: string): CodePart => ({
    to,
    size: 4, // adr
    encode: (distance) =>
      little32(0x10000000 | ((distance & 3) << 29) | (((distance >> 2) & 0x7ffff) << 5) | register),
  });
  const [EQUAL, NOT_EQUAL, GREATER, ALWAYS] = [0, 1, 12, 14];
  return assemble([
    move(0, 0), // SIG_BLOCK
    addressOf(1, 'set'),
    move(2, 0), // the old set isn't wanted
    move(3, SIGNAL_SET_BYTES),
    call(135), // rt_sigprocmask
    { label: 'wait' },
    addressOf(0, 'set'),
    move(1, 0), // no details
    move(2, 0), // no timeout
    move(3, SIGNAL_SET_BYTES),
    call(137), // rt_sigtimedwait
    compare(SIGCHLD),
    jumpIf(EQUAL, 'reap'),
    compare(SIGINT),
    jumpIf(EQUAL, 'exit'),
    compare(SIGTERM),
    jumpIf(NOT_EQUAL, 'wait'), // interrupted
    { label: 'exit' },
    move(0, 0),
    call(94), // exit_group
    { label: 'reap' },
    little32(0x92800000), // movn x0, 0: -1, any child
    move(1, 0), // its status isn't wanted
    move(2, WNOHANG),
    move(3, 0), // nor its resource usage
    call(260), // wait4
    compare(0),
    jumpIf(GREATER, 'reap'),
    jumpIf(ALWAYS, 'wait'),
    ...signalSet,
  ]);
}

/** The program that holds a pod's namespaces open: some 200 bytes that need no library. */
export function pauseProgram(architecture: Architecture): Uint8Array {
  return elfProgram(architecture, architecture === 'amd64' ? codeForAmd64() : codeForArm64());
}

/** Makes the sandbox image, so that no registry is needed for it. Same bytes every time. */
export async function addPauseImage(
  library: ImageLibrary,
  architecture: Architecture,
): Promise<StoredImage> {
  const program = pauseProgram(architecture);
  const header = { name: 'pause', type: 'file', mode: 0o755, uid: 0, gid: 0, mtimeMs: 0 } as const;
  const layer = await putLayer(library.storage, [
    { header: { ...header, size: program.length }, content: once(program) },
  ]);
  return library.add(PAUSE_IMAGE, {
    layers: [layer],
    config: {
      os: 'linux',
      architecture,
      config: { User: '65535:65535', Entrypoint: ['/pause'], WorkingDir: '/' },
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
    },
  });
}
