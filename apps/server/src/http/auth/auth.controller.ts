/** Registering and logging in. Both are limited by address, since each costs an Argon2 and may be a guess. */
import { randomUUID } from 'node:crypto';
import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBody,
  ApiCreatedResponse,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiTooManyRequestsResponse,
  ApiUnauthorizedResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import { ThrottlerGuard } from '@nestjs/throttler';
import { Accounts, type IssuedToken } from '../../accounts/accounts.js';
import { decode } from '../errors/decode.js';
import { ErrorDto } from '../errors/error.dto.js';
import { IssuedTokenDto, PasswordCredentialsDto, SessionDto, TokenCredentialsDto } from './auth.dto.js';
import { isTokenLogin, passwordBody, tokenBody } from './auth.schemas.js';

const eitherOf = (...models: (new () => object)[]) => ({
  schema: { oneOf: models.map((model) => ({ $ref: getSchemaPath(model) })) },
});

@ApiTags('accounts')
@ApiExtraModels(PasswordCredentialsDto, TokenCredentialsDto, IssuedTokenDto, SessionDto)
@ApiBadRequestResponse({ type: ErrorDto, description: 'A field is missing, unknown or not what it should be.' })
@ApiTooManyRequestsResponse({ type: ErrorDto, description: 'Too many attempts from this address.' })
@UseGuards(ThrottlerGuard)
@Controller('api/auth')
export class AuthController {
  constructor(private readonly accounts: Accounts) {}

  @Post('register')
  @ApiOperation({ summary: 'Makes an account, with a personal stream, and logs it in.' })
  @ApiBody({ type: PasswordCredentialsDto })
  @ApiCreatedResponse({ type: IssuedTokenDto })
  async register(@Body() body: unknown): Promise<IssuedTokenDto> {
    return toDto(await this.accounts.register(decode(passwordBody, body)));
  }

  @Post('login')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Logs in.',
    description:
      'With an e-mail address and a password, a new bearer token is issued. With a user id and a token, the token is ' +
      'judged and a session id given; the token stays what is sent with later requests.',
  })
  @ApiBody(eitherOf(PasswordCredentialsDto, TokenCredentialsDto))
  @ApiOkResponse(eitherOf(IssuedTokenDto, SessionDto))
  @ApiUnauthorizedResponse({ type: ErrorDto, description: 'Not accepted, for whatever reason.' })
  async logIn(@Body() body: unknown): Promise<IssuedTokenDto | SessionDto> {
    if (!isTokenLogin(body)) return toDto(await this.accounts.logIn(decode(passwordBody, body)));
    const { user_id: userId, auth_token: token } = decode(tokenBody, body);
    await this.accounts.authenticate({ userId, token });
    return { session_id: randomUUID() };
  }
}

function toDto({ userId, token }: IssuedToken): IssuedTokenDto {
  return { user_id: userId, auth_token: token };
}
