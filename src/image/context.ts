import type { IgnoreRules } from './ignore-file.ts';
import type { Bytes } from './storage.ts';

/** A file that an image can take in. Paths have no leading slash. */
export interface ContextFile {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  /** Permission bits. */
  readonly mode: number;
  readonly size: number;
  readonly linkname?: string;
}

/** The folder that COPY reads from. The form on disk is in `runtime`. */
export interface BuildContext {
  /**
   * All that isn't ignored, sorted by path, folders before what is in them. What is neither file,
   * folder nor symbolic link is left out.
   */
  list(rules: IgnoreRules): Promise<readonly ContextFile[]>;
  open(path: string): Bytes;
  /** The text of a small file; undefined when it isn't there. */
  readText(path: string): Promise<string | undefined>;
}
