import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseContainerfile, type Statement } from './containerfile.ts';
import { ContainerfileError } from './containerfile-lines.ts';

const statements = (source: string): Statement[] =>
  parseContainerfile(source).instructions.map(({ statement }) => statement);

// Goal: pin what each instruction is read as, in all the forms that people write it in.
const copy = { type: 'COPY', sources: ['a'], destination: '/b' };
for (const row of [
  { name: 'an image', source: 'FROM alpine', want: { type: 'FROM', image: 'alpine' } },
  {
    name: 'a stage with a platform',
    source: 'from --platform=linux/arm64 $BASE as Build',
    want: { type: 'FROM', image: '$BASE', platform: 'linux/arm64', as: 'build' },
  },
  { name: 'paths', source: 'COPY a /b', want: copy },
  {
    name: 'paths in JSON',
    source: 'COPY ["a b", "/c d/"]',
    want: { type: 'COPY', sources: ['a b'], destination: '/c d/' },
  },
  {
    name: 'flags of COPY',
    source: 'COPY --from=0 --chown=1:2 --chmod=644 --link a /b',
    want: { ...copy, from: '0', chown: '1:2', chmod: '644' },
  },
  { name: 'ADD of a local file', source: 'ADD a /b', want: { ...copy, type: 'ADD' } },
  {
    name: 'several variables, quoted',
    source: 'ENV A=1 B="2 3" C=4\\ 5',
    want: {
      type: 'ENV',
      pairs: [
        ['A', '1'],
        ['B', '"2 3"'],
        ['C', '4\\ 5'],
      ],
    },
  },
  {
    name: 'a variable in the old form',
    source: 'ENV A b = c',
    want: { type: 'ENV', pairs: [['A', 'b = c']] },
  },
  { name: 'a label', source: 'LABEL "a b"=c', want: { type: 'LABEL', pairs: [['"a b"', 'c']] } },
  {
    name: 'arguments',
    source: 'ARG A B=1',
    want: {
      type: 'ARG',
      pairs: [
        ['A', undefined],
        ['B', '1'],
      ],
    },
  },
  {
    name: 'a command line',
    source: 'CMD ["a", "b c"]',
    want: { type: 'CMD', command: { form: 'exec', args: ['a', 'b c'] } },
  },
  {
    name: 'a command for the shell',
    source: 'ENTRYPOINT a  "b"',
    want: { type: 'ENTRYPOINT', command: { form: 'shell', text: 'a  "b"' } },
  },
  {
    name: 'what only looks like JSON',
    source: "CMD ['a']",
    want: { type: 'CMD', command: { form: 'shell', text: "['a']" } },
  },
  { name: 'ports', source: 'EXPOSE 80 53/udp', want: { type: 'EXPOSE', values: ['80', '53/udp'] } },
  {
    name: 'volumes in JSON',
    source: 'VOLUME ["/a", "/b"]',
    want: { type: 'VOLUME', values: ['/a', '/b'] },
  },
  { name: 'a working directory', source: 'WORKDIR /a b', want: { type: 'WORKDIR', value: '/a b' } },
  { name: 'a continued line', source: 'COPY a \\\n  # why\n\n  /b', want: copy },
  { name: 'a continued line with blanks after the escape', source: 'COPY a \\  \n /b', want: copy },
  { name: 'another escape character', source: '# escape=`\nCOPY a `\n /b', want: copy },
  { name: 'lines that end as on Windows', source: 'COPY a \\\r\n /b\r\n', want: copy },
  { name: 'a byte order mark', source: '\uFEFFFROM a', want: { type: 'FROM', image: 'a' } },
]) {
  test(`reads ${row.name}`, () => {
    const isWhole = /from/i.test(row.source.split(' ')[0]!);
    const source = isWhole ? row.source : row.source.replace(/^((?:#.*\n)?)/, '$1FROM x\n');
    assert.deepEqual(statements(source).at(-1), row.want);
  });
}

// Goal: whoever writes something that can't be done is told the line, and what to do instead.
for (const row of [
  {
    name: 'RUN',
    source: 'FROM a\n\n# c\nRUN make',
    line: 4,
    says: /^Containerfile:4: RUN is not supported: .*COPY it; supported are FROM/,
  },
  {
    name: 'ADD of a URL',
    source: 'FROM a\nADD https://x.test/a /b',
    line: 2,
    says: /ADD of https:\/\/x.test\/a is not supported: download it first/,
  },
  {
    name: 'ADD of a tar',
    source: 'FROM a\nADD a.tar.gz /b',
    line: 2,
    says: /ADD does not unpack a.tar.gz/,
  },
  {
    name: 'an unknown instruction',
    source: 'FROM a\nCOPPY a b',
    line: 2,
    says: /unknown instruction COPPY; supported are/,
  },
  {
    name: 'ONBUILD',
    source: 'FROM a\nONBUILD COPY a b',
    line: 2,
    says: /ONBUILD is not supported/,
  },
  { name: 'nothing at all', source: '# only this\n', line: 1, says: /there is no FROM/ },
  {
    name: 'a step before FROM',
    source: 'ARG A\nCOPY a b\nFROM a',
    line: 2,
    says: /COPY stands before FROM/,
  },
  { name: 'FROM with too much', source: 'FROM a b', line: 1, says: /FROM takes an image/ },
  {
    name: 'a stage name that is a number',
    source: 'FROM a AS 1',
    line: 1,
    says: /"1" is not a stage name/,
  },
  {
    name: 'COPY without a destination',
    source: 'FROM a\nCOPY a',
    line: 2,
    says: /at least one source, and a destination/,
  },
  {
    name: 'an unknown flag',
    source: 'FROM a\nCOPY --parents a b',
    line: 2,
    says: /COPY --parents is not supported; it takes --from/,
  },
  {
    name: 'a flag without its value',
    source: 'FROM a\nCOPY --chown a b',
    line: 2,
    says: /--chown needs a value/,
  },
  { name: 'inline text', source: 'FROM a\nCOPY <<EOF /b\nx\nEOF', line: 2, says: /inline text/ },
  {
    name: 'a quote that is not closed',
    source: 'FROM a\nENV A="b',
    line: 2,
    says: /ENV: a " is not closed/,
  },
  { name: 'a pair without =', source: 'FROM a\nENV A=1 B', line: 2, says: /"B" has no =/ },
  { name: 'an instruction alone', source: 'FROM a\nUSER', line: 2, says: /USER needs an argument/ },
  { name: 'a bad escape directive', source: '# escape=x\nFROM a', line: 1, says: /escape must be/ },
  {
    name: 'the first line of a continued one',
    source: 'FROM a\nRUN a && \\\n  b\n',
    line: 2,
    says: /RUN/,
  },
]) {
  test(`refuses ${row.name}`, () => {
    assert.throws(
      () => parseContainerfile(row.source),
      (error) => {
        assert.ok(error instanceof ContainerfileError);
        assert.equal(error.line, row.line);
        assert.match(error.message, row.says);
        return true;
      },
    );
  });
}
