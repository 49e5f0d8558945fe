/**
 * `audit verify [FILE]`: is every event what was committed? Of an exported file, with no server and no database; without
 * one, of the server's log while it is downloaded.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { AuditFileVerifier, type AuditReport, type EventHash } from '@json-database-sync/domain';
import { CliFailure } from '../cli-failure.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Output } from '../io.js';
import { AuditApi } from '../http/audit-api.js';
import { faultText, reportJson, reportLines } from '../output/audit-lines.js';
import { progressBar } from '../output/progress-bar.js';
import { readVerifyOptions } from '../settings/audit-options.js';
import { splitLines } from '../text/split-lines.js';
import { stoppable, type PlainAction } from './stoppable.js';

export function auditVerifyCommand(file: string | undefined, options: Readonly<Record<string, unknown>>): PlainAction {
  const { stream, head } = readVerifyOptions(options);
  if (file !== undefined && stream !== undefined) {
    throw new CliFailure('invalid_argument', '--stream is for the server; a file says itself which stream it is of.');
  }
  return (context) =>
    stoppable(context, async (signal) => {
      const { output, settings } = context;
      if (file !== undefined) return tell(output, await verified(output, readFile(output, file), head));
      const api = new AuditApi(settings);
      const streamId = stream ?? (await api.personalStream());
      return tell(output, await verified(output, api.export(streamId, { format: 'jsonl' }, signal), head));
    });
}

async function verified(
  output: Output,
  bytes: AsyncIterable<Uint8Array>,
  head: EventHash | undefined,
): Promise<AuditReport> {
  const progress = progressBar(output.io);
  let verifier: AuditFileVerifier | undefined;
  try {
    for await (const line of splitLines(bytes)) {
      if (!verifier) verifier = AuditFileVerifier.begin(line, sha256, head);
      else if (!verifier.line(line)) break;
      const { after_sequence: from, head_sequence: to } = verifier.header;
      progress.update(verifier.lastSequence - from, to - from);
    }
  } finally {
    progress.end();
  }
  return (verifier ?? AuditFileVerifier.begin('', sha256)).end();
}

function tell(output: Output, report: AuditReport): ExitCode {
  if (output.asJson) output.json(reportJson(report));
  else for (const line of reportLines(report)) output.line(line);
  if (!report.fault) return EXIT.ok;
  const failure = new CliFailure('broken_chain', faultText(report.fault));
  output.failure(failure);
  return failure.exitCode;
}

async function* readFile({ io }: Output, file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(resolve(io.folder, file)) as AsyncIterable<Uint8Array>;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliFailure('invalid_argument', `${file} cannot be read: ${why}`, { cause: error });
  }
}

function sha256(data: string | Uint8Array): Uint8Array {
  return createHash('sha256').update(data).digest();
}
