"""Leaves a folder that is too deep to be taken away by its path: costs its lane, quickly."""
import os

for _ in range(2100):
    os.mkdir('d')
    os.chdir('d')
