import { actingFor, Answer, FileAnswer, type GatewayKernel, handle, type RouteHandler } from '@openclaw/feature';
import { FilesService } from './files.service.js';
import { FilesStore } from './files.store.js';
import { fileRoutes as routes } from './words.js';

/** Everything about files that a program may ask for. */
export function fileHandlers({ database, settings, admission }: GatewayKernel): readonly RouteHandler[] {
  const files = new FilesService(new FilesStore(database), () => {
    const { file_bytes: fileBytesMax, person_file_bytes: personBytesMax, upload_timeout_ms: uploadMs } = settings.get().gateway.limits;
    return { fileBytesMax, personBytesMax, uploadMs };
  });
  return [
    handle(routes.uploadFile, async ({ query }, by, request) => {
      const caller = actingFor(by, query.person);
      const key = request.idempotencyKey;
      admission.checkRoom();
      const { file, replayed } = await files.keep(caller, await request.file(files.bytesMax), { name: query.name, key });
      return new Answer(201, file, { location: `/api/v1/files/${file.id}`, ...(replayed ? { 'idempotency-replayed': 'true' } : {}) });
    }),
    handle(routes.getFile, ({ params }, caller) => files.get(caller, params.id)),
    handle(routes.fileContent, async ({ params }, caller) => new FileAnswer(await files.open(caller, params.id))),
  ];
}
