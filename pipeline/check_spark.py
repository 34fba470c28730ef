"""The Spark job's part of the table: dead letters, silver, gold, notifications."""


def run(check):
    if not check.runs('spark'):
        check.table.add('Spark job', 'left out', check.stack.by_name['spark'].missing() or 'it does not run')
