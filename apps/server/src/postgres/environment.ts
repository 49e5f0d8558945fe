/**
 * What the PostgreSQL programs get of our environment: only what a program needs to run at all. Our settings and
 * secrets are none of their business, and PGPORT and the like would change what they do.
 */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  const passed = ['PATH', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR'];
  const kept = passed.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]] as const]));
  // The messages that we read must be English, and the time zone of a new cluster must not depend on the machine.
  return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' };
}
