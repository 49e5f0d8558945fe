/** The HTTP side of the server. Everything of HTTP (statuses, headers, error bodies) stays in this folder. */
import { Module, type DynamicModule } from '@nestjs/common';
import type { ServerSettings } from '../settings/settings.js';
import { HealthModule } from './health/health.module.js';

@Module({})
export class HttpModule {
  static using(_settings: ServerSettings): DynamicModule {
    return { module: HttpModule, imports: [HealthModule], exports: [HealthModule] };
  }
}
