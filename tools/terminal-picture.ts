// Draws what a terminal shows as SVG:  tmux capture-pane -p -e | node tools/terminal-picture.ts TITLE
import { buffer } from 'node:stream/consumers';

const COLORS: Readonly<Record<string, string>> = {
  '2': '#8b949e',
  '31': '#ff7b72',
  '32': '#3fb950',
  '33': '#d29922',
  '36': '#39c5cf',
};
const [CELL_WIDTH, LINE_HEIGHT, MARGIN, BAR] = [8.4, 19, 16, 34];

const [title = 'tutti'] = process.argv.slice(2);
const text = (await buffer(process.stdin)).toString('utf8');
const lines = text.trimEnd().split('\n');
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
const SEQUENCE = /\x1b\[([\d;]*)m/;

const quoted = (raw: string) =>
  raw.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function drawLine(line: string, index: number): string {
  const parts = line.split(SEQUENCE);
  let fill = '';
  const spans = parts.map((part, i) => {
    if (i % 2 === 1) {
      fill = COLORS[part] ?? '';
      return '';
    }
    return fill ? `<tspan fill="${fill}">${quoted(part)}</tspan>` : quoted(part);
  });
  const y = BAR + MARGIN + index * LINE_HEIGHT;
  return `<text x="${MARGIN}" y="${y}" xml:space="preserve">${spans.join('')}</text>`;
}

const columns = Math.max(
  ...lines.map(
    (line) =>
      line
        .split(SEQUENCE)
        .filter((_, i) => i % 2 === 0)
        .join('').length,
  ),
);
const width = Math.ceil(columns * CELL_WIDTH + 2 * MARGIN);
const height = BAR + lines.length * LINE_HEIGHT + MARGIN;
const dots = ['#ff5f57', '#febc2e', '#28c840']
  .map((color, i) => `<circle cx="${18 + i * 18}" cy="17" r="5.5" fill="${color}"/>`)
  .join('');
process.stdout.write(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" role="img" aria-label="${quoted(title)}">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>${dots}
<text x="${width / 2}" y="21" text-anchor="middle" fill="#8b949e" font-family="sans-serif" font-size="12">${quoted(title)}</text>
<g fill="#e6edf3" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
${lines.map(drawLine).join('\n')}
</g></svg>
`);
