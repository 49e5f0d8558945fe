/** Every HTTP request gets an id, which its log lines and its answer carry, and one line when it is done. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Module, type DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { describeError } from './logger.js';
import { NestLog } from './nest-log.js';

export const REQUEST_ID_HEADER = 'x-request-id';

@Module({})
export class LoggingModule {
  static using(logger: Logger): DynamicModule {
    return {
      module: LoggingModule,
      global: true,
      imports: [
        LoggerModule.forRoot({
          pinoHttp: {
            logger,
            genReqId: requestId,
            // Unwrapped: pino-http's own would add the headers, and every field of an error.
            wrapSerializers: false,
            serializers: { req: describeRequest, res: describeResponse, err: (error: unknown) => describeError(error) },
            autoLogging: { ignore: (request) => pathOf(request).startsWith('/health') },
            customLogLevel: (_request, response, error) => {
              if (error || response.statusCode >= 500) return 'error';
              return response.statusCode >= 400 ? 'info' : 'debug';
            },
            customSuccessMessage: (request, response) => summary(request, response),
            customErrorMessage: (request, response) => summary(request, response),
          },
        }),
      ],
      providers: [NestLog],
      exports: [NestLog],
    };
  }
}

/** A proxy's id is kept, if it is one that cannot disturb a log. */
function requestId(request: IncomingMessage, response: ServerResponse): string {
  const given = request.headers[REQUEST_ID_HEADER];
  const id = typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
  response.setHeader(REQUEST_ID_HEADER, id);
  return id;
}

/** Without the query, which may hold anything. */
function pathOf(request: IncomingMessage): string {
  const url = 'originalUrl' in request && typeof request.originalUrl === 'string' ? request.originalUrl : request.url;
  return (url ?? '').split('?', 1)[0]?.slice(0, 200) ?? '';
}

function summary(request: IncomingMessage, response: ServerResponse): string {
  return `${request.method ?? '?'} ${pathOf(request)} -> ${response.statusCode}`;
}

/** No headers: they hold tokens. */
function describeRequest(request: IncomingMessage): object {
  return { id: request.id, method: request.method, path: pathOf(request) };
}

function describeResponse(response: ServerResponse): object {
  return { status: response.statusCode };
}
