/** An amount of a resource as people write it: millicores as `1500m` or `2`, bytes as `1.5Gi`. */
export function shownAmount(resource: string, amount: number): string {
  if (resource === 'cpu') return amount % 1000 === 0 ? String(amount / 1000) : `${amount}m`;
  if (resource === 'memory' || resource === 'ephemeral-storage') return shownBytes(amount);
  return String(amount);
}

const UNITS = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'];

function shownBytes(bytes: number): string {
  let [amount, unit] = [bytes, 0];
  while (Math.abs(amount) >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${Number(amount.toFixed(1))}${UNITS[unit]}`;
}

/** The largest amount that is easily written and no more than this: a quantity for a manifest. */
export function quantityUpTo(resource: string, amount: number): string {
  if (resource === 'cpu') return shownAmount(resource, Math.floor(amount));
  if (resource !== 'memory' && resource !== 'ephemeral-storage') return String(Math.floor(amount));
  const mebi = Math.floor(amount / 2 ** 20);
  if (mebi >= 1024 && mebi % 1024 === 0) return `${mebi / 1024}Gi`;
  if (mebi > 0) return `${mebi}Mi`;
  return String(Math.floor(amount));
}
