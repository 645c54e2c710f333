"""One skill, from its fork to its end."""
import asyncio
import json
import os

STDOUT_MAX, STDERR_KEPT = 1 << 20, 64 << 10


class Running:
    """A skill that runs, from its fork to its end."""

    def __init__(self, job, given, become):
        self.loop = asyncio.get_running_loop()
        self.seconds = job['timeout_s']
        self.id = job['run']
        self.code = None
        self.done = self.loop.create_future()
        stdin = os.memfd_create('stdin', os.MFD_CLOEXEC)
        with open(stdin, 'wb', closefd=False) as file:
            file.write(given)
        os.lseek(stdin, 0, os.SEEK_SET)
        (self.out, out), (self.err, err) = os.pipe2(os.O_CLOEXEC), os.pipe2(os.O_CLOEXEC)
        self.texts = {self.out: bytearray(), self.err: bytearray()}
        self.pid = os.fork()
        if self.pid == 0:
            try:
                become(job, (stdin, out, err))
            except BaseException as thrown:  # the child must never come back into the loop
                os.write(2, f'lane: {thrown!r}'.encode())
            os._exit(127)
        for descriptor in (stdin, out, err):
            os.close(descriptor)
        self.pidfd = os.pidfd_open(self.pid)

    async def ended(self, reader):
        """exit, timeout, output_too_large or cancelled."""
        for descriptor in self.texts:
            os.set_blocking(descriptor, False)
            self.loop.add_reader(descriptor, self.read, descriptor)
        self.loop.add_reader(self.pidfd, self.end, 'exit')
        timer = self.loop.call_later(self.seconds, self.end, 'timeout')
        listening = asyncio.create_task(self.listen(reader))
        why = await self.done
        timer.cancel()
        listening.cancel()
        await asyncio.wait([listening])  # a reader takes one at a time
        for descriptor in (*self.texts, self.pidfd):
            self.loop.remove_reader(descriptor)
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if pid else None
        except ChildProcessError:
            pass
        return why

    async def listen(self, reader):
        """The gate says one thing while a skill runs: that nobody waits for it any more. Going away says the same."""
        try:
            line = await reader.readline()
        except OSError:
            line = b''
        self.end('cancelled' if not line or json.loads(line).get('cancel') == self.id else 'broken')

    def end(self, why):
        if not self.done.done():
            self.done.set_result(why)

    def read(self, descriptor):
        """Whether there may be more."""
        try:
            piece = os.read(descriptor, 65536)
        except BlockingIOError:
            return False
        text = self.texts[descriptor]
        text += piece
        if not piece:
            self.loop.remove_reader(descriptor)
        if descriptor == self.err:
            del text[:-STDERR_KEPT]  # what went wrong stands at the end
        elif len(text) > STDOUT_MAX:
            self.loop.remove_reader(descriptor)
            self.end('output_too_large')
            return False
        return bool(piece)

    def close(self):
        """All that was written, when nobody can write any more."""
        for descriptor in self.texts:
            while self.read(descriptor):
                pass
        for descriptor in (*self.texts, self.pidfd):
            os.close(descriptor)
        return bytes(self.texts[self.out][:STDOUT_MAX]), bytes(self.texts[self.err])
