"""What a skill cannot do: a seccomp filter, and Landlock where the kernel has it. Both are loaded in the child, unprivileged."""
import ctypes
import errno
import os
import socket
import struct

import seccomp

from places import BUNDLE, HOME, OUTPUT, TEMPORARY

PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS = 4, 22, 38, 39
SECCOMP_MODE_FILTER = 2
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446  # the same on every architecture

libc = ctypes.CDLL(None, use_errno=True)


def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def syscall(number, *args):
    return checked(libc.syscall(ctypes.c_long(number), *args))


def prctl(*args):
    return checked(libc.prctl(*[ctypes.c_ulong(value) for value in (args + (0,) * 5)[:5]]))


# What a skill never needs, on top of what Docker's own profile denies. A list of what is allowed would break with every new libc.
DENIED = '''
ptrace process_vm_readv process_vm_writev process_madvise process_mrelease kcmp pidfd_open pidfd_getfd pidfd_send_signal
userfaultfd perf_event_open bpf io_uring_setup io_uring_enter io_uring_register add_key keyctl request_key
unshare setns mount umount2 pivot_root chroot move_mount open_tree fsopen fsmount fsconfig fspick mount_setattr
name_to_handle_at open_by_handle_at shmget shmat shmctl msgget semget mq_open personality quotactl memfd_secret acct
swapon swapoff reboot kexec_load init_module finit_module delete_module syslog vmsplice move_pages migrate_pages tkill
fanotify_init lookup_dcookie nfsservctl
'''.split()
OWN_ONLY = {'prlimit64': 0, 'sched_setaffinity': 0, 'sched_setscheduler': 0, 'sched_setparam': 0, 'sched_setattr': 0,
            'setpriority': 1, 'ioprio_set': 1}  # the argument that names a process: 0 is the caller
CLONE_NEW = (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
INT = 0xFFFFFFFF
"""The kernel reads an int where the filter sees 64 bits. Compared whole, 1 << 32 | AF_UNIX is not AF_UNIX here, and is AF_UNIX there."""


def make_filter():
    """The filter as the kernel takes it. libseccomp also kills calls of foreign ABIs: int 0x80, x32."""
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    refused = seccomp.ERRNO(errno.EPERM)
    for name in DENIED:
        try:
            rules.add_rule(refused, name)
        except (RuntimeError, ValueError):
            pass  # not a call of this architecture, or newer than this libseccomp
    for name, place in OWN_ONLY.items():
        rules.add_rule(refused, name, seccomp.Arg(place, seccomp.NE, 0))
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), 'clone3')  # its flags are out of a filter's sight; every libc falls back to clone
    for flag in CLONE_NEW:
        rules.add_rule(refused, 'clone', seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag))
    for family in range(1, 64):  # Unix sockets would reach the gate; the others are only kernel to attack
        if family not in (socket.AF_INET, socket.AF_INET6):
            rules.add_rule(seccomp.ERRNO(errno.EAFNOSUPPORT), 'socket', seccomp.Arg(0, seccomp.MASKED_EQ, INT, family))
    rules.add_rule(refused, 'socketpair', seccomp.Arg(1, seccomp.MASKED_EQ, 0xF, socket.SOCK_DGRAM))  # can be connected anew, to a path
    with open(os.memfd_create('filter'), 'w+b') as made:
        rules.export_bpf(made)
        made.seek(0)
        return made.read()


def load_filter(program):
    instructions = ctypes.create_string_buffer(program, len(program))
    head = struct.pack('HxxxxxxP', len(program) // 8, ctypes.addressof(instructions))
    kept = ctypes.create_string_buffer(head, len(head))
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(kept))


def landlock_version():
    """0 where the kernel has none, or it is switched off: a layer more, and never what is relied upon."""
    try:
        return syscall(LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint(1))
    except OSError:
        return 0


EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE, IOCTL = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL
RIGHTS = (0, 13, 14, 15, 15, 16)
"""How many rights over files each version of Landlock knows (landlock(7)); later ones know as many as the last here."""


def restrict(version):
    """Reading the system, writing one's own folders, and nothing else. From version 6 on signals stay inside too."""
    if version == 0:
        return
    every = (1 << RIGHTS[min(version, len(RIGHTS) - 1)]) - 1
    asked = struct.pack('QQQ', every, 0, 3 if version >= 6 else 0)[:24 if version >= 6 else 16 if version >= 4 else 8]
    ruleset = syscall(LANDLOCK_CREATE, asked, ctypes.c_size_t(len(asked)), ctypes.c_uint(0))
    read = READ_FILE | READ_DIR
    for path, access in (*((path, read | EXECUTE) for path in ('/usr', '/lib', '/lib64', '/bin')), ('/etc', read), ('/proc', read),
                         ('/dev', read), ('/dev/null', READ_FILE | WRITE_FILE | TRUNCATE), (BUNDLE, read), (HOME, every),
                         (OUTPUT, every), (TEMPORARY, every), ('/dev/shm', every)):
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        access &= every if os.path.isdir(path) else OF_FILES & every
        syscall(LANDLOCK_ADD, ctypes.c_int(ruleset), ctypes.c_int(1), struct.pack('=Qi', access, place), ctypes.c_uint(0))
        os.close(place)
    syscall(LANDLOCK_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint(0))
    os.close(ruleset)
