/** What a skill tries against its lane, and what comes of it. */
import assert from 'node:assert/strict';

/** What each attempt ends in: the beginning of the error. With Landlock some end sooner. */
const EPERM = 'PermissionError';
const NO_FAMILY = 'OSError [Errno 97]';
const NO_NAME = 'gaierror';
const NO_ROUTE = 'OSError [Errno 101]';
const READ_ONLY = /^(OSError \[Errno 30\]|PermissionError)/;
const NOTHING = /^(IndexError|PermissionError)/;
const HELD = {
  'read /proc/1/environ': EPERM,
  'read /proc/1/mem': EPERM,
  'list /proc/1/fd': EPERM,
  'ptrace PID 1': EPERM,
  'process_vm_readv of PID 1': EPERM,
  'pidfd_open of PID 1': EPERM,
  'prlimit of PID 1': EPERM,
  'setpriority of PID 1': EPERM,
  'write /proc/1/oom_score_adj': EPERM,
  'connect to /run/gate/lanes.sock': NO_FAMILY,
  'connect to /run/gate/egress.sock': NO_FAMILY,
  'a Unix socket with high bits': NO_FAMILY,
  'a pair of datagram sockets, connected anew': EPERM,
  'an abstract Unix socket': NO_FAMILY,
  'take the gate’s socket away': READ_ONLY,
  'write the lane’s program': READ_ONLY,
  'write /usr': READ_ONLY,
  'write /etc/passwd': READ_ONLY,
  'a raw socket': EPERM,
  'a packet socket': NO_FAMILY,
  'a netlink socket': NO_FAMILY,
  'a user namespace': EPERM,
  io_uring: EPERM,
  'System V memory': EPERM,
  'connect to postgres:5432': NO_NAME,
  'connect to redis:6379': NO_NAME,
  'connect to skill-gate:18791': NO_NAME,
  'connect to 169.254.169.254:80': NO_ROUTE,
  'connect to 1.1.1.1:443': NO_ROUTE,
  'connect to 172.17.0.1:22': NO_ROUTE,
  'connect to 192.88.98.1:80': NO_ROUTE,
  'ask the resolver': /^(TimeoutError|ConnectionRefusedError|OSError)/,
  'a link to /proc/1/environ': EPERM,
  'other files in /work': NOTHING,
  'files of an earlier call': NOTHING,
  'processes of an earlier call': NOTHING,
};
/** Held by Landlock alone, and harmless without: the bundle is a copy, and PID 1 has no handler for any signal. */
const BY_LANDLOCK = {
  'write into the bundle': 1,
  'SIGINT to PID 1': 6,
  'SIGTERM to PID 1': 6,
  'SIGUSR1 to PID 1': 6,
  'SIGSTOP to PID 1': 6,
  'SIGKILL to PID 1': 6,
};

export const NAMES = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'SKILL_DIR', 'SKILL_OUTPUT'];

/** What 42 attempts ended in. @throws where one of them got through that must not */
export function judge(told, landlock) {
  assert.equal(Object.keys(told).length, 42);
  for (const [name, expected] of Object.entries(HELD)) {
    const [state, how] = told[name];
    assert.equal(state, 'held', `${name}: ${how}`);
    assert.ok(typeof expected === 'string' ? how.startsWith(expected) : expected.test(how), `${name} was held by ${how}`);
  }
  for (const [name, version] of Object.entries(BY_LANDLOCK)) assert.equal(told[name][0], landlock >= version ? 'held' : 'BROKE', name);
  return `${Object.values(told).filter(([state]) => state === 'held').length} of 42 held`;
}

export const escapes = [
  {
    name: '42 attempts on PID 1, the gate, the system, the network and earlier calls are held',
    see: async (stage) => {
      const { end, output, errors } = await stage.call('peek.py');
      assert.equal(end, 'ok', errors);
      const { landlock } = await stage.runner.report();
      return `${judge(JSON.parse(output), landlock)}, Landlock ${landlock}`;
    },
  },
  {
    name: 'no other door into the kernel opens a Unix socket: int 0x80, x32',
    see: async (stage) => {
      const [{ Architecture }] = JSON.parse(await stage.project.docker(['image', 'inspect', (await stage.inspectLanes())[0].Image]));
      if (Architecture !== 'amd64') return `not on ${Architecture}`;
      const told = JSON.parse((await stage.call('abi.py')).output);
      assert.deepEqual(told, {
        'int 0x80 socket(AF_UNIX)': 'killed by SIGSYS',
        'x32 socket(AF_UNIX)': 'killed by SIGSYS',
        'x86-64 socket(AF_UNIX)': 'refused',
        'x86-64 socket(AF_INET), the control': 'BROKE: a socket',
      });
    },
  },
  {
    name: 'a skill has three descriptors, six variables and those that it declares, and no rights',
    see: async (stage) => {
      const told = JSON.parse((await stage.call('inside.py', { env: { OWN: 'value' } })).output);
      assert.deepEqual([told.descriptors, told.environment], [[0, 1, 2], [...NAMES, 'OWN'].sort()]);
      const { Uid, CapEff, CapBnd, NoNewPrivs } = told.status;
      assert.deepEqual([Uid, Number(`0x${CapEff}`), Number(`0x${CapBnd}`), NoNewPrivs], ['10700\t10700\t10700\t10700', 0, 0, '1']);
    },
  },
  {
    name: 'input comes in, output and plain files come back; links, pipes, folders and what is too large do not',
    see: async (stage) => {
      const input = { text: 'größer ☃', list: [1, 2, 3] };
      for (const name of ['hello.mjs', 'hello.py'])
        assert.deepEqual(JSON.parse((await stage.call(name, { input })).output), { ok: true, got: input });
      const { output, files, refused } = await stage.call('output.py');
      assert.deepEqual([output, files.map(({ name }) => name)], ['done\n', ['bytes.bin', 'report.txt']]);
      assert.deepEqual([[...files[0].content], files[1].content.toString()], [[...Buffer.alloc(256).map((_, index) => index)], 'a report']);
      assert.match(refused[0], /^4 of its files did not come back/);
      const failed = await stage.call('fail.py');
      assert.deepEqual([failed.end, failed.errors], ['failed', 'what went wrong\n']);
    },
  },
];
