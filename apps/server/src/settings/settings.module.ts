import { Module, type DynamicModule } from '@nestjs/common';
import { SETTINGS, type ServerSettings } from './settings.js';

/** Makes the settings injectable everywhere, by the token SETTINGS. */
@Module({})
export class SettingsModule {
  static using(settings: ServerSettings): DynamicModule {
    return {
      module: SettingsModule,
      global: true,
      providers: [{ provide: SETTINGS, useValue: settings }],
      exports: [SETTINGS],
    };
  }
}
