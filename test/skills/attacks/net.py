import json
import os
import urllib.request

told = {}
for url in json.loads(os.environ['URLS']):
    try:
        told[f'urllib {url}'] = str(urllib.request.urlopen(url, timeout=4).status)
    except Exception as thrown:
        told[f'urllib {url}'] = f'failed: {type(thrown).__name__} {thrown}'[:120]
print(json.dumps(told))
