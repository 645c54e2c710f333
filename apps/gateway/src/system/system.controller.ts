import { Controller, Inject, Res } from '@nestjs/common';
import { type Health, routes, type Status } from '@openclaw/words';
import type { FastifyReply } from 'fastify';
import { Input, Route } from '../http/route.decorator.js';
import { SystemReport } from './system-report.js';

@Controller()
export class SystemController {
  constructor(@Inject(SystemReport) private readonly report: SystemReport) {}

  @Route(routes.livez)
  live(@Input(routes.livez) _input: unknown): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Route(routes.readyz)
  ready(@Input(routes.readyz) _input: unknown): { status: 'ok' } {
    return this.report.ready();
  }

  @Route(routes.health)
  async health(@Input(routes.health) _input: unknown, @Res() reply: FastifyReply): Promise<void> {
    const health: Health = this.report.health();
    await reply.status(health.status === 'ok' ? 200 : 503).send(health);
  }

  @Route(routes.status)
  status(@Input(routes.status) _input: unknown): Promise<Status> {
    return this.report.status();
  }

  @Route(routes.openapi)
  openapi(@Input(routes.openapi) _input: unknown): Promise<Record<string, unknown>> {
    return this.report.openapi();
  }
}
