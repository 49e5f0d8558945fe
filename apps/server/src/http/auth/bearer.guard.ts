/**
 * Lets in who brings a bearer token of ours, and tells the route who that is. `X-User-Id` says whose token it is, which
 * those of demo mode do not say by themselves.
 */
import { CanActivate, createParamDecorator, ExecutionContext, Injectable } from '@nestjs/common';
import { AssertionFailure, SyncError, userIdSchema } from '@json-database-sync/domain';
import type { Request } from 'express';
import { Accounts, type Identity } from '../../accounts/accounts.js';
import { FailedLogIns } from '../../accounts/failed-log-ins.js';

/** Beside the requests, not on them: nothing that a client sends can end up here. */
const identities = new WeakMap<Request, Identity>();

@Injectable()
export class BearerGuard implements CanActivate {
  constructor(
    private readonly accounts: Accounts,
    private readonly failedLogIns: FailedLogIns,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const [, token] = /^Bearer +([^\s,]+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (token === undefined) throw new SyncError('invalid_auth', 'the Authorization header must be `Bearer <token>`');
    identities.set(request, await this.judge(token, request));
    return true;
  }

  private judge(token: string, request: Request): Promise<Identity> {
    const named = request.headers['x-user-id'];
    if (named === undefined) return this.accounts.authenticate({ token });
    const userId = userIdSchema.safeParse(named).data;
    if (!userId) throw new SyncError('invalid_auth', 'the X-User-Id header must be a UUID');
    return this.failedLogIns.guard(request.ip ?? '', () => this.accounts.authenticate({ token, userId }));
  }
}

/** Who asks. Only on routes behind the BearerGuard. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Identity => {
  const identity = identities.get(context.switchToHttp().getRequest<Request>());
  if (!identity) throw new AssertionFailure('a route asks who calls without the BearerGuard');
  return identity;
});
