/** Lets in who brings a bearer token of ours, and tells the route who that is. */
import { CanActivate, createParamDecorator, ExecutionContext, Injectable } from '@nestjs/common';
import { AssertionFailure, SyncError } from '@json-database-sync/domain';
import type { Request } from 'express';
import { Accounts, type Identity } from '../../accounts/accounts.js';

/** Beside the requests, not on them: nothing that a client sends can end up here. */
const identities = new WeakMap<Request, Identity>();

@Injectable()
export class BearerGuard implements CanActivate {
  constructor(private readonly accounts: Accounts) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const [, token] = /^Bearer +([^\s,]+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (token === undefined) throw new SyncError('invalid_auth', 'the Authorization header must be `Bearer <token>`');
    identities.set(request, await this.accounts.authenticate({ token }));
    return true;
  }
}

/** Who asks. Only on routes behind the BearerGuard. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Identity => {
  const identity = identities.get(context.switchToHttp().getRequest<Request>());
  if (!identity) throw new AssertionFailure('a route asks who calls without the BearerGuard');
  return identity;
});
