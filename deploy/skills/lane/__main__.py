"""PID 1 of a lane: a container in which one skill runs at a time, and of which nothing is kept between two.

gate ─► {run, files, input} ─► fork ─► limits, Landlock, filter ─► execve ─► kill(-1), reap ─► files read ─► wiped ─► {result} ─► gate

The container has no network, no capability, no secret; skill-gate hands out work over a Unix socket on a volume that is read-only here
(docs/sandbox.md). A skill runs under the same uid as this program. What keeps the two apart:

1. The first process of a pid namespace gets no signal that it has no handler for, KILL and STOP included. So: no handlers here.
2. PR_SET_DUMPABLE=0 closes ptrace and /proc/1/{environ,mem,maps,fd,root} to its own uid.
3. A seccomp filter keeps skills from Unix sockets, and from the calls that reach into other processes.
4. After each call everything is killed and every folder that can be written is emptied. Where anything is left, this program ends,
   and Docker makes the container anew.

Each message, either way, is a line of JSON and then the bytes whose lengths the line tells. Standard library and python3-seccomp alone.
"""
import argparse
import asyncio
import json
import os
import resource
import signal
import socket
import sys
import time

from bundles import Bundles, unpack
from confine import PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, landlock_version, load_filter, make_filter, prctl, restrict
from look_around import look_around
from places import BUNDLE, HOME, OUTPUT, SCRATCH, TEMPORARY
from running import Running
from sweep import empty, kill_everything, read_output

GATE, EGRESS = '/run/gate/lanes.sock', '/run/gate/egress.sock'
RUNTIMES = {'node': ('/usr/local/bin/node',), 'python': ('/usr/bin/python3', '-B')}
PROXY_PORT = 3128

LINE_MAX = 1 << 20
CONNECTIONS_MAX = 32
LIMITS = ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 512), (resource.RLIMIT_FSIZE, 64 << 20),
          (resource.RLIMIT_MEMLOCK, 0), (resource.RLIMIT_MSGQUEUE, 0))  # none of processes: it counts a uid across lanes


class Lane:
    def __init__(self, given):
        self.given = given
        self.landlock = landlock_version()
        self.filter = make_filter()
        self.bundles = Bundles()
        self.token = None
        self.forwards = set()

    async def serve(self):
        await asyncio.start_server(self.forward, '127.0.0.1', PROXY_PORT)
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(GATE, limit=LINE_MAX)
            except OSError:
                await asyncio.sleep(0.2)
                continue
            refused = look_around(self.given)
            hello = {'lane': socket.gethostname(), 'runtime': self.given.runtime, 'landlock': self.landlock,
                     'unbounded': self.given.unbounded == 'allow', 'refused': refused}
            writer.write(json.dumps(hello).encode() + b'\n')
            try:
                await self.work(reader, writer, refused)
            except (OSError, asyncio.IncompleteReadError):
                pass  # the gate went away; whatever ran was ended before this
            writer.close()

    async def work(self, reader, writer, refused):
        """Takes one job after another until the gate goes away."""
        while line := await reader.readline():
            job = json.loads(line)
            if 'run' not in job:
                continue  # a cancellation of what has ended already
            files = await self.receive(reader, job)
            given = await reader.readexactly(job['input'])
            if refused is not None:
                raise OSError('the gate asks for what this host cannot isolate')
            if files is None:
                writer.write(json.dumps({'id': job['run'], 'why': 'lacks'}).encode() + b'\n')
                continue
            self.token = job['token']
            result, parts, is_clean = await self.invoke(job, files, given, reader)
            self.token = None
            for task in list(self.forwards):
                task.cancel()
            try:
                writer.write(json.dumps(result).encode() + b'\n' + b''.join(parts))
                await writer.drain()
            finally:
                if not is_clean:
                    sys.exit('lane: something of a skill is left; the container is made anew')

    async def receive(self, reader, job):
        """The files of the skill: those that come along, or those that were kept; None where there are none."""
        if job['files'] is None:
            return self.bundles.find(job['digest'])
        files = [(name, await reader.readexactly(size)) for name, size in job['files']]
        self.bundles.keep(job['digest'], files)
        return files

    async def invoke(self, job, files, given, reader):
        began = time.perf_counter()
        unpack(files)
        running = Running(job, given, self.become)
        prepared = time.perf_counter()
        why = await running.ended(reader)
        ended = time.perf_counter()
        is_clean = kill_everything()
        stdout, stderr = running.close()
        made, left_out = read_output() if is_clean else ([], 0)
        is_clean = is_clean and all(empty(folder) for folder in SCRATCH)
        swept = time.perf_counter()
        result = {'id': job['run'], 'why': why, 'code': running.code, 'clean': is_clean, 'stdout': len(stdout), 'stderr': len(stderr),
                  'files': [[name, len(content)] for name, content in made], 'left_out': left_out,
                  'ms': {'prepare': round((prepared - began) * 1e3, 2), 'process': round((ended - prepared) * 1e3, 2),
                         'sweep': round((swept - ended) * 1e3, 2)}}
        return result, [stdout, stderr, *(content for _, content in made)], is_clean

    def become(self, job, descriptors):
        """In the child, which becomes the skill."""
        prctl(PR_SET_DUMPABLE, 1)  # so that /proc/self is its own for a moment: nothing else runs yet
        with open('/proc/self/oom_score_adj', 'w') as score:
            score.write('1000')  # where memory runs out, skills go first
        os.setsid()
        for name in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(name, signal.SIG_DFL)  # Python ignores them, and that would be inherited
        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
        seconds = int(job['timeout_s']) + 1
        for what, most in (*LIMITS, (resource.RLIMIT_CPU, seconds)):
            resource.setrlimit(what, (most, most))
        restrict(self.landlock)
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        load_filter(self.filter)
        os.chdir(HOME)
        env = {'PATH': '/usr/local/bin:/usr/bin:/bin', 'HOME': HOME, 'TMPDIR': TEMPORARY, 'LANG': 'C.UTF-8',
               'SKILL_DIR': BUNDLE, 'SKILL_OUTPUT': OUTPUT, **job['env']}
        if job['token'] is not None:
            proxy = f'http://127.0.0.1:{PROXY_PORT}'
            env |= dict.fromkeys(('HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'), proxy) | {'NODE_USE_ENV_PROXY': '1'}
        command = [*RUNTIMES[job['runtime']], f'{BUNDLE}/{job["entry"]}']
        os.execve(command[0], command, env)

    async def forward(self, reader, writer):
        """The way out, while a skill runs that has hosts: this end of the connection, then its token, then whatever is said."""
        if self.token is None or len(self.forwards) >= CONNECTIONS_MAX:
            return writer.close()
        task = asyncio.current_task()
        self.forwards.add(task)
        try:
            far_reader, far_writer = await asyncio.open_unix_connection(EGRESS)
            try:
                far_writer.write(self.token.encode() + b'\n')
                await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
            finally:
                far_writer.close()
        except OSError:
            pass  # either end went away
        finally:
            self.forwards.discard(task)
            writer.close()


async def pump(source, sink):
    while piece := await source.read(65536):
        sink.write(piece)
        await sink.drain()
    sink.close()


def main():
    options = argparse.ArgumentParser()
    options.add_argument('--runtime', default='runc', help='the runtime of the container, as Docker knows it')
    options.add_argument('--unbounded', choices=('refuse', 'allow'), default='refuse', help='without limits of memory and processes')
    given = options.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Python's own handler would let a skill interrupt PID 1
    prctl(PR_SET_DUMPABLE, 0)
    refused = look_around(given)
    if refused is not None:
        print(f'lane: {refused}; nothing is run here', file=sys.stderr, flush=True)
    elif not (kill_everything() and all(empty(folder) for folder in SCRATCH)):
        sys.exit('lane: its folders cannot be emptied')
    asyncio.run(Lane(given).serve())


if __name__ == '__main__':
    main()
