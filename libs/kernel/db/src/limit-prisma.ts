import type { PrismaClient } from './generated/client.js';

/** How a row of each model is somebody's. A model that is not here belongs to nobody. */
const OWNERS: Readonly<Record<string, (person: string) => object>> = {
  Conversation: (person) => ({ person }),
  Message: (person) => ({ conversation: { person } }),
  Run: (person) => ({ conversation: { person } }),
  MemoryEntry: (person) => ({ person }),
  MemoryThread: (person) => ({ person }),
  File: (person) => ({ person }),
};

interface Operation {
  readonly model: string;
  readonly args: unknown;
  readonly query: (args: never) => Promise<unknown>;
}

/**
 * Prisma's client as one person may use it: every operation on what belongs to somebody finds, changes and deletes that person's rows
 * alone. Making rows is left to statements.
 * @param sees null for everybody's
 */
export function limitPrisma(prisma: PrismaClient, sees: string | null): PrismaClient {
  if (sees === null) return prisma;
  const limit = ({ model, args, query }: Operation): Promise<unknown> => {
    const owner = OWNERS[model];
    const { where = {}, ...rest } = args as { readonly where?: object }; // what all of Prisma's operations on found rows take
    return query((owner ? { ...rest, where: { ...where, ...owner(sees) } } : args) as never); // as it came, with one more condition
  };
  // the same operations, each with one more condition
  return prisma.$extends({ query: { $allModels: { $allOperations: limit } } }) as unknown as PrismaClient;
}
