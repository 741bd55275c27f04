/** Whether there is a time zone of that name in the IANA database, in the case it is written in. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    return false;
  }
  // The runtime reads names in any case, others read files of that name.
  const known = Intl.supportedValuesOf('timeZone').find((zone) => isSame(zone, name));
  return known === undefined || known === name;
}

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
