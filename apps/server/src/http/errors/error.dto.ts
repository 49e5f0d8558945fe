/** The answer to a request that failed, for the documentation. */
import { ApiProperty } from '@nestjs/swagger';

export class ErrorDetailDto {
  @ApiProperty({ example: 'invalid_auth', description: 'A code of the error catalogue.' })
  code!: string;

  @ApiProperty({ example: 'The token, the password or the user id was not accepted.' })
  message!: string;

  @ApiProperty({ example: 'Log in again, or check the token and the user id.' })
  remedy!: string;
}

export class ErrorDto {
  @ApiProperty()
  error!: ErrorDetailDto;
}
