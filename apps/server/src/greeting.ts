/** What a person reads when the server is up: where it is, and what to try next. */
export interface GreetingFacts {
  readonly url: string;
  readonly wsUrl: string;
  /** The folder of the embedded PostgreSQL; null with a database of one's own. */
  readonly dataDir: string | null;
  readonly demoMode: boolean;
}

export function greeting({ url, wsUrl, dataDir, demoMode }: GreetingFacts): string {
  const lines = [
    '',
    `  JSON Database Sync is ready at ${wsUrl}`,
    '',
    `    data        ${dataDir === null ? 'in your PostgreSQL (DATABASE_URL)' : `${dataDir} (embedded PostgreSQL)`}`,
    `    demo mode   ${demoMode ? 'on: anybody may come in with the token demo-token' : 'off: register over HTTP first'}`,
    `    HTTP API    ${url}/docs`,
    '',
    '  Try next, in another terminal:',
    `    npm run cli                         a task board`,
    `    npm run cli -- --database bob       a second one, to see the changes of the first`,
    '',
    '  Ctrl-C stops the server.',
    '',
  ];
  return `${lines.join('\n')}\n`;
}
