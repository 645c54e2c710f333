/** Postgres and Redis for tests and measurements: those of DATABASE_URL and REDIS_URL, or the profile `test` of docker-compose.yml. */
import { ComposeProject, freePort, requireDocker } from './compose-project.mjs';

const SERVICES = ['test-postgres', 'test-redis'];

/** @returns their URLs, and what takes down those that were started for it */
export async function startTestServices() {
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = process.env;
  return databaseUrl && redisUrl ? { databaseUrl, redisUrl, stop: async () => undefined } : startContainers();
}

async function startContainers() {
  await requireDocker(' Or set DATABASE_URL and REDIS_URL to servers that tests may fill.');
  const postgres = await freePort();
  const redis = await freePort(postgres);
  const project = new ComposeProject(`openclaw-test-${process.pid}`, {
    files: ['test/support/docker-compose.ports.yml'],
    env: { TEST_POSTGRES_PORT: String(postgres), TEST_REDIS_PORT: String(redis) },
  });
  const stop = () => project.remove();
  await project.compose(['--profile', 'test', 'up', '--detach', '--wait', ...SERVICES]).catch(async (thrown) => {
    await stop();
    throw thrown;
  });
  return { databaseUrl: `postgresql://openclaw@127.0.0.1:${postgres}/openclaw`, redisUrl: `redis://127.0.0.1:${redis}`, stop };
}
