"""What a skill finds about itself: descriptors, environment, rights, mounts."""
import json
import os

status = dict(line.rstrip().split(':\t', 1) for line in open('/proc/self/status') if ':\t' in line)
descriptors = sorted(int(name) for name in os.listdir('/proc/self/fd') if os.path.exists(f'/proc/self/fd/{name}'))
print(json.dumps({'descriptors': descriptors, 'environment': sorted(os.environ), 'status': {name: status.get(name) for name in ('Uid', 'Groups', 'CapEff', 'CapBnd', 'NoNewPrivs', 'Seccomp', 'Seccomp_filters')},
                  'writable': sorted(line.split()[1] for line in open('/proc/mounts') if line.split()[3].split(',')[0] == 'rw' and line.split()[2] == 'tmpfs')}))
