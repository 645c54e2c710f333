import os, json
n, why = 0, ''
try:
    i = 0
    while True:
        with open(f'f{i}', 'wb') as f:
            for _ in range(60): n += f.write(b'x' * (1 << 20))
        i += 1
except OSError as e: why = str(e)
inodes, why2 = 0, ''
os.makedirs('/tmp/skill/d', exist_ok=True)
try:
    while True: open(f'/tmp/skill/d/{inodes}', 'w').close(); inodes += 1
except OSError as e: why2 = str(e)
print(json.dumps({'wrote_mb': n >> 20, 'why': why, 'inodes': inodes, 'why2': why2}))
