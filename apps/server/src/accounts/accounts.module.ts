import { Module } from '@nestjs/common';
import { AccountStore } from './account-store.js';
import { Accounts } from './accounts.js';
import { PostgresAccounts } from './postgres-accounts.js';
import { SecretHasher } from './secret-hasher.js';

/** Exports `Accounts` and nothing behind it. */
@Module({
  providers: [
    AccountStore,
    { provide: SecretHasher, useFactory: () => new SecretHasher() },
    { provide: Accounts, useClass: PostgresAccounts },
  ],
  exports: [Accounts],
})
export class AccountsModule {}
