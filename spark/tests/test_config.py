"""The configuration file, and what is written about it."""
import os
import re

from shopcdc import config

README = os.path.join(os.path.dirname(__file__), '..', 'README.md')


def test_every_key_is_in_the_table():
    with open(README, encoding='utf-8') as file:
        table = file.read().split('**Configuration**')[1].split('\n\n')[1]
    first_cells = ' '.join(line.split('|')[1] for line in table.splitlines())
    assert set(re.findall(r'`(\w+)`', first_cells)) == config.KNOWN
