"""The folders of a call. All of them are in memory, and none outlives it."""
BUNDLE, HOME, OUTPUT, TEMPORARY = '/work/bundle', '/work/home', '/work/output', '/tmp/skill'
SCRATCH = ('/work', '/tmp', '/dev/shm', '/dev/mqueue')
