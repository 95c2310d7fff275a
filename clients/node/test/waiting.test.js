// SPDX-License-Identifier: BSD-3-Clause
//
// Waiting, other threads and processes, and restarts, beside a running host.
'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs/promises');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { setTimeout: pause } = require('node:timers/promises');
const { Worker } = require('node:worker_threads');
const dumbwaiter = require('..');
const { Host, whenFilled } = require('./support.js');

const PACKAGE = JSON.stringify(path.join(__dirname, '..'));
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

function node(code, environment) {
    const env = { ...process.env, ...environment };
    return spawnSync(process.execPath, ['-e', code], { env, encoding: 'utf8', timeout: 60000 });
}

test('a commit wakes all who wait', async () => {
    const now = store.get('slow').sequence;
    const waits = Array.from({ length: 50 }, () => store.wait('slow', now, 20));
    for (const reading of await Promise.all(waits)) assert.ok(reading.sequence > now);
});

test('a value that is too old is computed anew, once for all who ask', async () => {
    const old = store.get('once').sequence;
    assert.equal((await store.getFresh('once', 3600)).sequence, old);
    const asked = Array.from({ length: 20 }, () => store.getFresh('once', 0, 20));
    for (const reading of await Promise.all(asked)) assert.ok(reading.sequence > old);
    assert.equal(await store.getFresh('nobody-knows-it', 1), null);
    await assert.rejects(store.getFresh('fails', 0, 20), /the well is dry/);
    await assert.rejects(store.getFresh('once', NaN), RangeError);
});

test('who waits for more than the next value sleeps on', async () => {
    const now = store.get('tick').sequence;
    const [next, later] = await Promise.all([store.wait('tick', now), store.wait('tick', BigInt(now) + 3n)]);
    assert.ok(next.sequence > now);
    assert.ok(later.sequence > now + 3);
});

test('a wait that is over in time resolves to null', async () => {
    assert.equal(await store.wait('nothing', 0, 0.2), null);
    assert.equal(await store.wait('nothing', 0, 0), null);
    assert.ok((await store.wait('tick', 0, 0)).sequence >= 1);
});

test('what is no sequence or no time is refused', async () => {
    const bad = [[-1, RangeError], [2 ** 64, RangeError], [2n ** 64n, RangeError], [1.5, TypeError], ['x', TypeError],
        [NaN, TypeError], [null, TypeError]];
    for (const [after, type] of bad) {
        await assert.rejects(store.wait('tick', after, 0), (error) => error instanceof type && /after/.test(error));
        assert.throws(() => store.history('tick', after), (error) => error instanceof type && /n is/.test(error));
    }
    for (const [timeout, type] of [[NaN, RangeError], ['x', TypeError], [null, TypeError]]) {
        await assert.rejects(store.wait('tick', 0, timeout), (error) => error instanceof type && /timeout/.test(error));
    }
    assert.equal(await store.wait('tick', 2n ** 64n - 1n, 0), null);
    assert.equal(await store.wait('nothing', 0, -1), null);
});

test('many waits hold up neither the event loop nor its pool of threads', async () => {
    const other = dumbwaiter.open(host.store);
    const waits = Array.from({ length: 8 }, (_, i) => other.wait(`nothing.${i}`).catch((error) => error.code));
    for (let turns = 0; turns < 20; turns++) await fs.readFile(__filename);
    other.close();
    assert.deepEqual(new Set(await Promise.all(waits)), new Set(['MISUSE']));
});

test('what can have no value is refused', async () => {
    await assert.rejects(store.wait('a\0b'), { code: 'MISUSE' });
    await assert.rejects(store.wait('with space'), { code: 'MISUSE' });
});

test('a program that waits can exit', () => {
    const code = `const s = require(${PACKAGE}).open(process.env.STORE); s.wait('nothing');
        setTimeout(() => process.exit(7), 300);`;
    assert.equal(node(code, { STORE: host.store }).status, 7);
});

test('a program whose waits are over ends by itself', () => {
    const code = `require(${PACKAGE}).open(process.env.STORE).wait('tick').then((r) => console.log(r.value >= 1));`;
    const done = node(code, { STORE: host.store });
    assert.deepEqual([done.status, done.stdout], [0, 'true\n']);
});

test('worker threads read side by side', async () => {
    const code = `const { workerData, parentPort } = require('node:worker_threads');
        const s = require(${PACKAGE}).open(workerData);
        for (let i = 0; i < 300; i++) if (s.getValue('once')[2] !== 'x' || s.history('tick').length < 1) throw i;
        parentPort.postMessage('done');`;
    const workers = Array.from({ length: 4 }, () => new Worker(code, { eval: true, workerData: host.store }));
    await Promise.all(workers.map((worker) => new Promise((resolve, reject) => {
        worker.on('message', resolve);
        worker.on('error', reject);
    })));
    assert.equal(store.getValue('once')[2], 'x');
});

test('the default store is found', () => {
    const code = `const d = require(${PACKAGE}); console.log(d.getValue('once')[2], d.getValue('nothing'))`;
    assert.equal(node(code, { DUMBWAITER_STORE: host.store }).stdout, 'x null\n');
    const byManifest = { DUMBWAITER_STORE: '', DUMBWAITER_MANIFEST: host.manifest };
    assert.equal(node(code, byManifest).stdout, 'x null\n');
});

test('values stay and sequences go on over a restart', async () => {
    await host.stop();
    const before = store.get('slow').sequence;
    assert.equal(store.getValue('once')[2], 'x');
    const wait = store.wait('slow', before, 30);
    await pause(300);
    host.start();
    assert.ok((await wait).sequence > before);
});

test('values grow stale without a host', async () => {
    await host.stop();
    const reading = store.get('tick');
    while (reading.state === 'fresh') await pause(50);
    assert.equal(store.get('tick').state, 'stale');
});
