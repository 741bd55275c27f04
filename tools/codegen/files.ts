import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** The names in a folder; empty when there is none. */
export const readDirectory = (folder: string): string[] =>
  statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : [];

export const readText = (path: string): string => readFileSync(path, 'utf8');

/** Writes a file, making its folder. */
export function writeText(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

export const remove = (path: string): void => rmSync(path, { recursive: true, force: true });

/** The text of a file that need not exist. */
export const readTextIfAny = (path: string): string => (existsSync(path) ? readText(path) : '');
