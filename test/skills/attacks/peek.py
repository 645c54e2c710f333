"""Everything that a skill may try against its lane, the house and the machine: 42 attempts, each told as held or as broken."""
import ctypes
import json
import os
import signal
import socket

libc = ctypes.CDLL(None, use_errno=True)
told = {}


def attempt(name, work):
    try:
        told[name] = ['BROKE', str(work())[:80]]
    except BaseException as thrown:
        told[name] = ['held', f'{type(thrown).__name__} {thrown}'[:80]]


def must(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def syscall(*args):
    return must(libc.syscall(*args))


def connect(path):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    return f'connected to {path}'


def datagram_pair():
    one, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    one.connect('/run/gate/lanes.sock')
    return 'connected'


def ask_resolver():
    question = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    question.settimeout(0.2)
    question.sendto(b'\0' * 20, ('127.0.0.11', 53))
    return question.recv(100)


X86 = os.uname().machine == 'x86_64'
READV, SOCKET = (310, 41) if X86 else (270, 198)

attempt('read /proc/1/environ', lambda: open('/proc/1/environ').read())
attempt('read /proc/1/mem', lambda: open('/proc/1/mem', 'rb'))
attempt('list /proc/1/fd', lambda: os.listdir('/proc/1/fd'))
attempt('ptrace PID 1', lambda: must(libc.ptrace(16, 1, 0, 0)))
attempt('process_vm_readv of PID 1', lambda: syscall(READV, 1, None, 0, None, 0, 0))
attempt('pidfd_open of PID 1', lambda: syscall(434, 1, 0))
attempt('prlimit of PID 1', lambda: must(libc.prlimit(1, 0, ctypes.byref((ctypes.c_ulong * 2)(1, 1)), None)))
attempt('setpriority of PID 1', lambda: os.setpriority(os.PRIO_PROCESS, 1, 19))
attempt('write /proc/1/oom_score_adj', lambda: open('/proc/1/oom_score_adj', 'w').write('1000'))
for path in ('/run/gate/lanes.sock', '/run/gate/egress.sock'):
    attempt(f'connect to {path}', lambda: connect(path))
attempt('a Unix socket with high bits', lambda: syscall(SOCKET, ctypes.c_ulong(1 << 32 | 1), ctypes.c_ulong(1), ctypes.c_ulong(0)))
attempt('a pair of datagram sockets, connected anew', datagram_pair)
attempt('an abstract Unix socket', lambda: connect('\0x'))
attempt('take the gate’s socket away', lambda: os.unlink('/run/gate/lanes.sock'))
attempt('write the lane’s program', lambda: open('/opt/openclaw/lane/__main__.py', 'a'))
attempt('write /usr', lambda: open('/usr/x', 'w'))
attempt('write /etc/passwd', lambda: open('/etc/passwd', 'a'))
attempt('write into the bundle', lambda: open(os.environ['SKILL_DIR'] + '/evil.py', 'w'))
attempt('a raw socket', lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
attempt('a packet socket', lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
attempt('a netlink socket', lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW))
attempt('a user namespace', lambda: must(libc.unshare(0x10000000)))
attempt('io_uring', lambda: syscall(425, 8, ctypes.create_string_buffer(256)))
attempt('System V memory', lambda: must(libc.shmget(0, 4096, 0o1600)))
for host, port in (('postgres', 5432), ('redis', 6379), ('skill-gate', 18791), ('169.254.169.254', 80), ('1.1.1.1', 443), ('172.17.0.1', 22), ('192.88.98.1', 80)):
    attempt(f'connect to {host}:{port}', lambda: socket.create_connection((host, port), 2))
attempt('ask the resolver', ask_resolver)
os.symlink('/proc/1/environ', 'link')
attempt('a link to /proc/1/environ', lambda: open('link').read())
attempt('other files in /work', lambda: [name for name in os.listdir('/work') if name not in ('bundle', 'home', 'output')][0])
attempt('files of an earlier call', lambda: (os.listdir('/dev/shm') + os.listdir('/dev/mqueue') + [name for name in os.listdir('/tmp') if name != 'skill'])[0])
attempt('processes of an earlier call', lambda: [name for name in os.listdir('/proc') if name.isdigit() and int(name) not in (1, os.getpid())][0])
for name in ('SIGINT', 'SIGTERM', 'SIGUSR1', 'SIGSTOP', 'SIGKILL'):
    attempt(f'{name} to PID 1', lambda: os.kill(1, getattr(signal, name)))
print(json.dumps(told))
