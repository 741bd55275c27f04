import { type Connection, readText } from '../client/http/connection.ts';
import { isStatusError } from '../machinery/status.ts';

/** Whether a server is Tutti: of others it isn't known what they lack. */
export async function isTuttiAt(connection: Connection): Promise<boolean> {
  try {
    const answer = await connection.open({ method: 'GET', path: '/version' });
    const { gitVersion } = JSON.parse(await readText(answer)) as { readonly gitVersion?: string };
    return gitVersion?.includes('+tutti') ?? false;
  } catch (error) {
    if (isStatusError(error)) return false; // Not everybody may ask for it.
    throw error;
  }
}
