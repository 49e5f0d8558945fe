import { Module } from '@nestjs/common';
import { SETTINGS, type ServerSettings } from '../settings/settings.js';
import { ActivityLog } from './activity-log.js';
import { ConsoleActivityLog } from './console-activity-log.js';
import { SilentActivityLog } from './silent-activity-log.js';

/** Provides the ActivityLog that the settings ask for. */
@Module({
  providers: [
    {
      provide: ActivityLog,
      inject: [SETTINGS],
      useFactory: (settings: ServerSettings): ActivityLog =>
        settings.monitoring
          ? new ConsoleActivityLog({ sink: process.stdout, color: settings.color })
          : new SilentActivityLog(),
    },
  ],
  exports: [ActivityLog],
})
export class MonitoringModule {}
