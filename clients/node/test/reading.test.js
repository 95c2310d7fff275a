// SPDX-License-Identifier: BSD-3-Clause
//
// Values, history and error reports of a store that a running host writes.
'use strict';

const assert = require('node:assert/strict');
const { after, before, test } = require('node:test');
const { setTimeout: pause } = require('node:timers/promises');
const dumbwaiter = require('..');
const { Host, whenFilled } = require('./support.js');

const host = new Host();
let store;

before(async () => {
    host.start();
    store = await whenFilled(host);
});
after(async () => {
    store?.close();
    await host.remove();
});

test('the newest value comes decoded', () => {
    assert.ok(store.getValue('tick') >= 1);
    assert.deepEqual(store.getValue('png'), Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
    assert.deepEqual(store.getValue('once').slice(0, 3), [1, 2.5, 'x']);
});

test('a time is a Date that knows its nanoseconds', () => {
    const at = store.getValue('once')[3];
    assert.ok(at instanceof Date);
    assert.equal(at.toISOString(), '2026-01-02T03:04:05.123Z');
    assert.equal(at.unixNs, 1767323045123456789n);
    at.setTime(5);
    assert.equal(at.unixNs, 5_000_000n);
    assert.equal(new dumbwaiter.Time(-1n).getTime(), -1);
    assert.equal(new dumbwaiter.Time(-1n).unixNs, -1n);
});

test('no value is null or the fallback', () => {
    for (const name of ['nothing', '', 'x'.repeat(300), '#info', 'é', 'with space']) {
        assert.equal(store.getValue(name), null);
        assert.equal(store.getValue(name, 7), 7);
        assert.equal(store.get(name), null);
        assert.deepEqual(store.history(name), []);
        assert.deepEqual(store.errors(name), []);
    }
});

test('a null value is null and no fallback', () => {
    assert.equal(store.getValue('silent', 7), null);
    assert.equal(store.get('silent').value, null);
});

test('what is no name is refused', () => {
    assert.throws(() => store.getValue('tick\0x'), { code: 'MISUSE' });
    assert.throws(() => store.getValue(5), TypeError);
    assert.throws(() => store.history('tick', -1), RangeError);
});

test('a reading tells all that is known', () => {
    const reading = store.get('slow');
    assert.deepEqual([reading.name, reading.outcome, reading.serializer, reading.text], ['slow', 'ok', 'json', null]);
    assert.equal(reading.value, reading.sequence);
    assert.equal(reading.raw.toString(), String(reading.sequence));
    assert.ok(reading.dueNs <= reading.startedNs && reading.startedNs <= reading.finishedNs);
    assert.equal(reading.finished.unixNs, reading.finishedNs);
    assert.equal(reading.freshUntilNs, reading.finishedNs + 1_400_000_000n);
    assert.ok(reading.freshUntil > reading.finished);
    assert.equal(store.get('png').mediaType, 'image/png');
});

test('state and age are of the moment they are asked for', () => {
    const reading = store.get('slow');
    assert.equal(reading.state, 'fresh');
    assert.ok(reading.age < 5);
    reading.freshUntilNs = reading.finishedNs - 10n ** 9n;
    assert.equal(reading.state, 'stale');
});

test('history is newest first and without gaps', async () => {
    await store.wait('tick', 4, 20);
    const history = store.history('tick');
    assert.ok(history.length <= 10);
    history.forEach((reading, i) => assert.equal(reading.sequence, history[0].sequence - i));
    history.forEach((reading) => assert.equal(reading.value, reading.sequence));
    assert.equal(store.history('tick', 2).length, 2);
    assert.equal(store.history('png', 1)[0].mediaType, 'image/png');
});

test('error reports carry text and outcome', async () => {
    while (store.errors('fails').length === 0 || store.errors('throws').length === 0) await pause(20);
    const [report] = store.errors('fails', 1);
    assert.deepEqual([report.text, report.outcome, report.value], ['the well is dry', 'failed', null]);
    const [thrown] = store.errors('throws', 1);
    assert.equal(thrown.outcome, 'threw');
    assert.match(thrown.text, /thrown on purpose/);
    assert.deepEqual(new Set(store.errors(null, 1).map((r) => r.name)), new Set(['fails', 'throws']));
});

test('names come in byte order', () => {
    assert.deepEqual(store.names(), ['once', 'png', 'silent', 'slow', 'tick']);
});

test('readings outlive the store', () => {
    const brief = dumbwaiter.open(host.store);
    const once = brief.get('once');
    brief.close();
    brief.close();
    assert.equal(once.value[2], 'x');
    assert.throws(() => brief.getValue('once'), { code: 'MISUSE' });
});
