import { Module } from '@nestjs/common';
import { AccountStore } from './account-store.js';
import { Accounts } from './accounts.js';
import { PostgresAccounts } from './postgres-accounts.js';
import { SecretHasher } from './secret-hasher.js';

/** Exports `Accounts` and nothing behind it. */
@Module({
  providers: [AccountStore, SecretHasher, { provide: Accounts, useClass: PostgresAccounts }],
  exports: [Accounts],
})
export class AccountsModule {}
