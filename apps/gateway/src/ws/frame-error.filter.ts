import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FrameCall } from './frame-request.js';

/** Whatever a frame's handler throws becomes its error frame. */
@Catch()
export class FrameErrorFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    host.switchToWs().getData<FrameCall<unknown>>().request.fail(thrown);
  }
}
