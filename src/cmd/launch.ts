import type { CommandContext, OptionSpecs } from '../cli/command.ts';
import { CommandError } from '../cli/command.ts';
import type { LiveRow } from '../cli/live-view.ts';
import { type Started, startInBackground } from './background.ts';
import type { DataFolder } from './data-folder.ts';

/** Starts the cluster of a data folder in the background, and tells how far it is. */
export async function launch(
  started: Started,
  {
    show,
    stopAtApi = false,
  }: { readonly show: (rows: readonly LiveRow[]) => void; readonly stopAtApi?: boolean },
): Promise<string> {
  let url = '';
  const rows = (node: LiveRow['state'], text: string): LiveRow[] => [
    { label: 'API server', state: url ? 'healthy' : 'progressing', text: url || 'starting' },
    { label: 'node', state: node, text },
  ];
  show(rows('progressing', 'starting'));
  for await (const progress of started.progress) {
    if (progress.type === 'failed') {
      throw new CommandError(progress.message, {
        ...(progress.advice && { advice: progress.advice }),
      });
    }
    if (progress.type === 'apiReady') url = progress.url;
    const isReady = progress.type === 'nodeReady';
    show(rows(isReady ? 'healthy' : 'progressing', isReady ? 'ready' : 'starting'));
    if (stopAtApi && url) break;
  }
  return url;
}

/** The words that start a cluster in the background with the options that `up` was given. */
export function backgroundWords(
  { place }: CommandContext,
  specs: OptionSpecs,
  values: Readonly<Record<string, unknown>>,
): string[] {
  const words = ['run', '--name', place.name, '--data', place.data];
  for (const [name, spec] of Object.entries(specs)) {
    const value = values[name];
    if (spec.value && value !== undefined) words.push(`--${name}`, String(value));
    if (!spec.value && value === true) words.push(`--${name}`);
  }
  return words;
}

export const launchInBackground = (words: readonly string[], folder: DataFolder): Started =>
  startInBackground(words, folder.log);
