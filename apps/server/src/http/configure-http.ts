/** What holds for every HTTP request: headers, body limits, the proxy in front, the documentation. */
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import type { ServerSettings } from '../settings/settings.js';
import { setUpOpenApi } from './open-api.js';

/** Bodies are log-ins and registrations only. */
const BODY_BYTES = 16 * 1024;

export function configureHttp(app: NestExpressApplication, settings: ServerSettings): void {
  app.disable('x-powered-by');
  app.set('trust proxy', settings.trustedProxies);
  // The simple parser: the other one makes nested objects of a query string.
  app.set('query parser', 'simple');
  app.use(securityHeaders);
  app.useBodyParser('json', { limit: BODY_BYTES });
  setUpOpenApi(app);
}

const NOTHING = "default-src 'none'; frame-ancestors 'none'";
/** The documentation page is a program: its own files, its own styles, and pictures that it draws. */
const DOCS_PAGE =
  "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self'; frame-ancestors 'none'";

function securityHeaders(request: Request, response: Response, next: NextFunction): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Content-Security-Policy', request.path.startsWith('/docs') ? DOCS_PAGE : NOTHING);
  if (request.path.startsWith('/api/')) response.setHeader('Cache-Control', 'no-store');
  next();
}
