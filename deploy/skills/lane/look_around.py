"""Whether this container isolates at all. What it does not, nothing makes up for: then nothing is run, and the reason is told."""
import os

from confine import PR_GET_NO_NEW_PRIVS, prctl


def look_around(given):
    """Why nothing may run in this container; None where it isolates."""
    status = dict(line.split(':\t', 1) for line in open('/proc/self/status').read().splitlines() if ':\t' in line)
    is_gvisor = given.runtime.startswith('runsc')  # whose own kernel shows neither filter nor cgroups, and is itself the wall
    if os.getpid() != 1:
        return 'the lane is not the first process of its container (init: false is needed)'
    if os.getuid() == 0:
        return 'the lane runs as root'
    if int(status['CapEff'], 16) or int(status['CapBnd'], 16):
        return 'the container has capabilities (cap_drop: [ALL] is needed)'
    if prctl(PR_GET_NO_NEW_PRIVS) != 1:
        return 'the container may gain privileges (no-new-privileges is needed)'
    if not is_gvisor and status.get('Seccomp') != '2':
        return 'seccomp is off in this container: the engine runs it unconfined, or under an emulated processor'
    if set(os.listdir('/sys/class/net')) - {'lo'}:
        return 'the lane has a network (network_mode: none is needed)'
    if is_gvisor or given.unbounded == 'allow':
        return None
    return next((missing for missing in map(unlimited, ('memory', 'pids')) if missing), None)


def unlimited(what):
    """Docker only warns where a limit cannot be had: rootless without delegation, kernels without the controller."""
    for path in {'memory': ('memory.max', 'memory/memory.limit_in_bytes'), 'pids': ('pids.max', 'pids/pids.max')}[what]:
        try:
            limit = open('/sys/fs/cgroup/' + path).read().strip()
        except OSError:
            continue
        if limit != 'max' and int(limit) < 1 << 40:
            return None
    return f'no limit of {what} is in force on this host (see docs/sandbox.md)'
