import sys

print('half of it')
sys.exit('what went wrong')
