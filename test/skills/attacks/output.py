"""Leaves files for whoever asked, among them what must not come back."""
import os

os.chdir(os.environ['SKILL_OUTPUT'])
open('report.txt', 'w').write('a report')
open('bytes.bin', 'wb').write(bytes(range(256)))
os.symlink('/etc/passwd', 'link')
os.mkfifo('pipe')
os.mkdir('folder')
with open('sparse', 'wb') as file:
    file.truncate(60 << 20)
print('done')
