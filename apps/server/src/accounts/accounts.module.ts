import { Module } from '@nestjs/common';
import { AccountStore } from './account-store.js';
import { Accounts } from './accounts.js';
import { FailedLogIns } from './failed-log-ins.js';
import { PostgresAccounts } from './postgres-accounts.js';
import { SecretHasher } from './secret-hasher.js';

/** Exports `Accounts`, and what keeps people from guessing there; nothing behind it. */
@Module({
  providers: [
    AccountStore,
    FailedLogIns,
    { provide: SecretHasher, useFactory: () => new SecretHasher() },
    { provide: Accounts, useClass: PostgresAccounts },
  ],
  exports: [Accounts, FailedLogIns],
})
export class AccountsModule {}
