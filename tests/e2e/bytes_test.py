"""What SQL shows is what Kafka holds: the very bytes of key and value."""
import json
import re


def comparable(text):
    """Without the members that depend on when the plugin was asked: ts_* of the envelope and the first of sequence."""
    if text is None:
        return None
    return re.sub(r'"sequence":"\[(?:\\"\d+\\"|null)', '"sequence":"[…', re.sub(r'("ts_[mun]s":)\d+', r'\1…', text))


def members(line):
    """{name: its text, byte for byte} of one JSON object; null is None."""
    decoder, found, at = json.JSONDecoder(), {}, 1
    while at < len(line):
        name, at = decoder.raw_decode(line, at)
        assert line[at] == ':'
        _, end = decoder.raw_decode(line, at + 1)
        text = line[at + 1:end]
        found[name] = None if text == 'null' else text
        at = end + 1
    return found


def test_peek_shows_the_bytes_of_kafka(scene):
    scene.sql('CREATE TABLE t (id bigint PRIMARY KEY, i int, n numeric(10,2), v text, b boolean, j jsonb, at timestamptz, "we ird" inet, a int[])')
    scene.sql('ALTER TABLE t REPLICA IDENTITY FULL')
    config = scene.config(provide__transaction__metadata='true', skipped__operations='none')
    scene.postgres.query("SELECT pg_create_logical_replication_slot(%s, 'penstock')", scene.witness, database=scene.database)
    relay = scene.relay(config=config).start()
    relay.wait_streaming(scene.postgres, scene.slot)
    scene.sql("INSERT INTO t VALUES (1, 2, 3.40, 'ü 🐘 \" \\ ' || chr(10), true, '{\"a\": [1, null]}', '2026-01-02 03:04:05.678+00', '10.0.0.1', '{1,NULL}')")
    scene.sql('UPDATE t SET v = NULL')
    scene.sql('UPDATE t SET id = 2')
    scene.sql('DELETE FROM t')
    scene.sql("INSERT INTO t (id) SELECT n FROM generate_series(1, 50) n")
    scene.sql('TRUNCATE t')
    scene.sql("SELECT pg_logical_emit_message(true, 'prefix', 'content')")
    lsn = scene.wait_confirmed()
    plugin_options = [word for name in ('topic.prefix', 'decimal.handling.mode', 'time.precision.mode', 'provide.transaction.metadata',
                                        'skipped.operations', 'value.converter.schemas.enable', 'key.converter.schemas.enable')
                      for word in (name, config[name])]
    lines = scene.sql('SELECT data FROM pg_logical_slot_peek_changes(%s, %s, NULL, VARIADIC %s)', scene.witness, lsn, plugin_options)
    reader = scene.reader()
    reader.follow(scene.our_topic)
    held = [(m.topic(), m.key() and m.key().decode(), m.value() and m.value().decode()) for m in reader.to_end()]
    shown = []
    for (line,) in lines:
        record = members(line)
        topic = json.loads(record['topic'])
        if scene.our_topic(topic):
            shown.append((topic, record['key'], record['value']))
    assert len(held) > 60
    for topic in sorted({topic for topic, _, _ in held + shown}):
        of = [[(key, comparable(value)) for t, key, value in side if t == topic] for side in (shown, held)]
        assert of[0] == of[1], topic
