/**
 * Every failed request is answered `{ error: { code, message, remedy } }`, with a code of the catalogue. What is not an
 * expected error is logged under the request's id, and told as `server_error` without a word of what it was.
 */
import {
  ArgumentsHost,
  Catch,
  HttpException,
  Logger,
  ServiceUnavailableException,
  type ExceptionFilter,
} from '@nestjs/common';
import { SyncError } from '@json-database-sync/domain';
import type { Request, Response } from 'express';
import { HTTP_STATUS } from './http-statuses.js';

export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string; readonly remedy: string };
}

interface Answer {
  readonly status: number;
  readonly error: SyncError;
}

@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('HTTP');

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const response = http.getResponse<Response>();
    if (response.headersSent) {
      // Too late to tell whoever asked; it is logged all the same.
      this.answerTo(exception, http.getRequest<Request>());
      response.destroy();
      return;
    }
    const report = healthReportIn(exception);
    if (report) {
      response.status(503).json(report);
      return;
    }
    const { status, error } = this.answerTo(exception, http.getRequest<Request>());
    if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
    const body: ErrorBody = { error: { code: error.code, message: error.message, remedy: error.remedy } };
    response.status(status).json(body);
  }

  private answerTo(exception: unknown, request: Request): Answer {
    if (exception instanceof SyncError) {
      if (exception.code === 'server_error') this.logger.error({ err: exception });
      return { status: HTTP_STATUS[exception.code], error: exception };
    }
    const status = statusOf(exception);
    if (status === undefined || status >= 500) {
      this.logger.error({ err: exception });
      return { status: 500, error: new SyncError('server_error') };
    }
    return { status, error: clientError(status, request) };
  }
}

/** A failing health check carries its own report, in the form that its readers know. */
function healthReportIn(exception: unknown): object | undefined {
  if (!(exception instanceof ServiceUnavailableException)) return undefined;
  const report = exception.getResponse();
  return typeof report === 'object' && 'details' in report ? report : undefined;
}

/** Nest's own exceptions, and those of the body parser, which are errors with a `status`. */
function statusOf(exception: unknown): number | undefined {
  if (exception instanceof HttpException) return exception.getStatus();
  const marked = exception instanceof Error && 'status' in exception ? exception.status : undefined;
  return typeof marked === 'number' && marked >= 400 && marked < 600 ? marked : undefined;
}

function clientError(status: number, request: Request): SyncError {
  switch (status) {
    case 404:
      return new SyncError('invalid_message', `there is no ${request.method} route at this path`);
    case 413:
      return new SyncError('message_too_large');
    case 429:
      return new SyncError('rate_limit_exceeded');
    default:
      return new SyncError('invalid_message', 'the request could not be read: its body must be JSON in UTF-8');
  }
}
