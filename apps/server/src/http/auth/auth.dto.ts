/** The account routes' shapes, for the documentation. */
import { ApiProperty } from '@nestjs/swagger';
import { LIMITS } from '@json-database-sync/domain';

const USER_ID = '0198c0de-5eed-7000-8000-000000000001';
const TOKEN = 'jds_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

export class PasswordCredentialsDto {
  @ApiProperty({ example: 'ada@example.org', maxLength: LIMITS.emailCharacters })
  email!: string;

  @ApiProperty({
    example: 'correct horse battery',
    minLength: LIMITS.passwordCharactersMin,
    maxLength: LIMITS.passwordCharactersMax,
  })
  password!: string;
}

export class TokenCredentialsDto {
  @ApiProperty({ example: USER_ID, format: 'uuid' })
  user_id!: string;

  @ApiProperty({ example: TOKEN, maxLength: LIMITS.tokenCharacters })
  auth_token!: string;
}

export class IssuedTokenDto {
  @ApiProperty({ example: USER_ID, format: 'uuid' })
  user_id!: string;

  @ApiProperty({ example: TOKEN, description: 'A bearer token, shown this once: only its hash is stored.' })
  auth_token!: string;
}

export class SessionDto {
  @ApiProperty({ example: '0198c0de-5eed-4000-8000-000000000002', format: 'uuid' })
  session_id!: string;
}
