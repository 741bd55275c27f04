import { type Advice, untried } from '../explanation.ts';

/** What a runtime says of a container whose command it can't execute, in words and as advice. */
export interface StartFailure {
  readonly what: string;
  readonly advice: Advice;
}

/** Reads a runtime's message on a container that it couldn't start. */
export function startFailure(message: string): StartFailure {
  const command = /exec: \\?"([^"\\]+)\\?"/.exec(message)?.[1];
  const name = command ? `its command ${command}` : 'its command';
  if (/no such file|not found in \$PATH|executable file not found/i.test(message)) {
    return {
      what: `${name} is not in its image`,
      advice: untried(
        'name a command that is in the image, with its full path, or leave "command" out to run what the image is made for',
      ),
    };
  }
  if (/permission denied|exec format error/i.test(message)) {
    return {
      what: `${name} can't be executed`,
      advice: untried(
        'see that the file in the image may be executed (chmod +x), and is made for the processor of the node',
      ),
    };
  }
  return {
    what: 'the runtime refuses it',
    advice: untried('see that what the message names is right in the manifest and in the image'),
  };
}
