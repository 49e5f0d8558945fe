/** The documentation of the HTTP routes, at /docs, and as OpenAPI at /docs/json. */
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

export function setUpOpenApi(app: INestApplication): void {
  const description =
    'The HTTP side of JSON Database Sync: accounts, reading documents, health. Writing and live changes go over the ' +
    'WebSocket at `/ws`, whose protocol is described in `docs/protocol.md`.';
  const config = new DocumentBuilder()
    .setTitle('JSON Database Sync')
    .setDescription(description)
    .setVersion('0.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'The `auth_token` of a registration or a log-in.' })
    .addTag('accounts', 'Registering and logging in.')
    .addTag('documents', 'Reading the documents of one’s personal stream.')
    .addTag('streams', 'One’s streams, and how they settle what overlaps.')
    .addTag('conflicts', 'Changes that lost: see them, dismiss them, bring them back.')
    .addTag('audit', 'Who changed what in a stream, and its log as a download.')
    .addTag('health', 'For load balancers and orchestrators.')
    .build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, config), {
    jsonDocumentUrl: 'docs/json',
    yamlDocumentUrl: 'docs/yaml',
    customSiteTitle: 'JSON Database Sync: HTTP API',
  });
}
