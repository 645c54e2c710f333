import os, sys, time, signal
for n in range(5):  # double fork, new session, signals ignored: outlives the call if it can
    if not os.fork():
        os.setsid()
        if os.fork(): os._exit(0)
        for s in range(1, 65):
            try: signal.signal(s, signal.SIG_IGN)
            except (OSError, ValueError): pass
        for folder in ('/tmp/skill', '/dev/shm', '/work/home'):
            try: open(f'{folder}/left{n}', 'w').write('x')
            except OSError: pass
        while True:
            if not os.fork(): time.sleep(0.05)
            time.sleep(0.01)
print('{"started":5}', flush=True)
