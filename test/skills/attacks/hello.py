import json
import sys

print(json.dumps({'ok': True, 'got': json.load(sys.stdin)}))
