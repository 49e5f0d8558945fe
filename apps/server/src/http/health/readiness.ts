import { Injectable } from '@nestjs/common';

/** Whether this server takes work. It stops to before it closes, so that a load balancer sends people elsewhere. */
@Injectable()
export class Readiness {
  private isStopping = false;

  get stopping(): boolean {
    return this.isStopping;
  }

  stop(): void {
    this.isStopping = true;
  }
}
