/** What a client sent can't be read as what it should be. The message is the API's own. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}
