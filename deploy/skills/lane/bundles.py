"""The files of skills: kept by digest while the lane lives, and laid out for one call."""
import os
from collections import OrderedDict

from places import BUNDLE, HOME, OUTPUT, TEMPORARY

CACHE_BYTES_MAX = 16 << 20


class Bundles:
    """Files of skills by digest, in this process's memory, which skills cannot read; never on disk between two calls."""

    def __init__(self):
        self.kept = OrderedDict()
        self.size = 0

    def find(self, digest):
        if digest in self.kept:
            self.kept.move_to_end(digest)
        return self.kept.get(digest)

    def keep(self, digest, files):
        size = sum(len(content) for _, content in files)
        if digest in self.kept or size > CACHE_BYTES_MAX:
            return
        self.kept[digest] = files
        self.size += size
        while self.size > CACHE_BYTES_MAX:
            _, old = self.kept.popitem(last=False)
            self.size -= sum(len(content) for _, content in old)


def unpack(files):
    for folder in (BUNDLE, HOME, OUTPUT, TEMPORARY):
        os.mkdir(folder)
    for name, content in files:
        if name.startswith('/') or any(part in ('', '.', '..') for part in name.split('/')):
            raise ValueError(f'a file of the skill is named {name!r}')
        path = f'{BUNDLE}/{name}'
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as file:
            file.write(content)
