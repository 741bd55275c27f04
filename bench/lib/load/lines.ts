const NEWLINE = 0x0a;

/** Takes a stream in pieces and hands on its lines, without their ends. */
export function eachLine(onLine: (line: string) => void): (bytes: Buffer) => void {
  let rest = '';
  return (bytes) => {
    let from = 0;
    for (;;) {
      const end = bytes.indexOf(NEWLINE, from);
      if (end < 0) break;
      const line = rest + bytes.toString('utf8', from, end);
      rest = '';
      from = end + 1;
      onLine(line);
    }
    if (from < bytes.length) rest += bytes.toString('utf8', from, bytes.length);
  };
}
