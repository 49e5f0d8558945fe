import { Controller, Get, HttpCode, ServiceUnavailableException } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { DatabaseIndicator } from './database.indicator.js';
import { Readiness } from './readiness.js';

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly database: DatabaseIndicator,
    private readonly readiness: Readiness,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Whether the server is there.' })
  @ApiOkResponse({ schema: { example: { status: 'ok' } } })
  health(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('live')
  @ApiOperation({
    summary: 'Whether the process is alive. It does not ask the database: a restart would not mend that.',
  })
  @ApiOkResponse({ schema: { example: { status: 'ok' } } })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @HttpCode(200)
  @ApiOperation({ summary: 'Whether the server can do its work: the database answers, and it is not stopping.' })
  @ApiOkResponse({ schema: { example: { status: 'ok', details: { database: { status: 'up' } } } } })
  @ApiServiceUnavailableResponse({
    schema: { example: { status: 'error', details: { database: { status: 'down' } } } },
  })
  async ready(): Promise<HealthCheckResult> {
    if (this.readiness.stopping) throw new ServiceUnavailableException({ status: 'shutting_down', details: {} });
    return this.checks.check([() => this.database.check()]);
  }
}
