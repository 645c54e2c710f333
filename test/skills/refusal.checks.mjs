/** Containers that do not isolate: a lane looks before it serves, and says by name what is missing. */
import assert from 'node:assert/strict';

/** What docker-compose.yml gives a lane; each container here lacks one of them. */
const GIVEN = {
  user: ['--user', '10700:10700'],
  network: ['--network', 'none'],
  capabilities: ['--cap-drop', 'ALL'],
  privileges: ['--security-opt', 'no-new-privileges:true'],
  memory: ['--memory', '64m'],
  pids: ['--pids-limit', '64'],
};
const MISSING = [
  { what: 'memory', says: /no limit of memory is in force/ },
  { what: 'pids', says: /no limit of pids is in force/ },
  { what: 'network', says: /the lane has a network/ },
  { what: 'capabilities', says: /the container has capabilities/ },
  { what: 'privileges', says: /the container may gain privileges/ },
  { what: 'user', with: ['--user', '0:0'], says: /the lane runs as root/ },
  { what: 'seccomp', with: ['--security-opt', 'seccomp=unconfined'], says: /seccomp is off in this container/ },
  { what: 'the first process', with: ['--init'], says: /not the first process of its container/ },
];

export const refusals = MISSING.map(({ what, with: more = [], says }) => ({
  name: `without ${what} a lane runs nothing, and says so`,
  see: async (stage) => {
    const [{ Config }] = await stage.inspectLanes();
    const given = Object.entries(GIVEN).flatMap(([name, options]) => (name === what ? [] : options));
    const id = (
      await stage.project.docker([
        'run',
        '--detach',
        '--read-only',
        ...given,
        ...more,
        Config.Image,
        '/usr/bin/python3',
        '-IB',
        '/opt/openclaw/lane',
      ])
    ).trim();
    try {
      assert.match(await saidBy(stage, id), says);
    } finally {
      await stage.project.docker(['rm', '--force', id]);
    }
  },
}));

/** Its first line. */
async function saidBy(stage, id) {
  for (let asked = 0; asked < 100; asked += 1) {
    const said = await stage.project.docker(['logs', id], { both: true });
    if (said.includes('\n')) return said;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return 'nothing within ten seconds';
}
