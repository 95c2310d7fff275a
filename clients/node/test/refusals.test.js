// SPDX-License-Identifier: BSD-3-Clause
//
// Stores that are missing, broken or unnamed, and values that are damaged.
'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { afterEach, beforeEach, test } = require('node:test');
const dumbwaiter = require('..');
const { decode } = require('../lib/decoding.js');
const { storeKey } = require('../lib/manifest.js');
const { findStore } = require('../lib/places.js');
const { Host } = require('./support.js');

const home = process.cwd();
const environment = { ...process.env };
let folder;

beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dumbwaiter-test-'));
    process.chdir(folder);
    process.env.XDG_CONFIG_HOME = path.join(folder, 'config');
    delete process.env.DUMBWAITER_STORE;
    delete process.env.DUMBWAITER_MANIFEST;
});
afterEach(() => {
    process.chdir(home);
    process.env = { ...environment };
    fs.rmSync(folder, { recursive: true });
});

test('a missing store is named', () => {
    assert.throws(() => dumbwaiter.open('nowhere'), { code: 'NO_STORE', message: /nowhere/ });
});

test('what is no store is refused', () => {
    fs.writeFileSync('data.mdb', Buffer.alloc(3 * 4096, 'x'));
    assert.throws(() => dumbwaiter.open(folder), dumbwaiter.DumbwaiterError);
});

test('a damaged value throws', async () => {
    const host = new Host();
    host.runOnce();
    const file = path.join(host.store, 'data.mdb');
    const bytes = fs.readFileSync(file);
    for (let at = 0; (at = bytes.indexOf('PNG\r\n', at)) >= 0; at++) bytes[at] = 0x58;
    fs.writeFileSync(file, bytes);
    const store = dumbwaiter.open(host.store);
    assert.throws(() => store.getValue('png'), { code: 'DAMAGED' });
    assert.throws(() => store.get('png'), { code: 'DAMAGED' });
    await assert.rejects(store.wait('png'), { code: 'DAMAGED' });
    const [damaged] = store.history('png');
    assert.deepEqual([damaged.outcome, damaged.raw.length], ['damaged', 0]);
    assert.throws(() => damaged.value, { code: 'DAMAGED' });
    assert.equal(store.getValue('once')[0], 1);
    store.close();
    await host.remove();
});

test('a serializer is loaded from an allowed folder only', async () => {
    const plugins = process.env.TEST_PLUGINS;
    const host = new Host(`[functions.n]\nfunction = "${plugins}/echo.so:echo"\nargs = [1, "x"]\n` +
        `serializer = "${plugins}/serializers.so:hex"\n`);
    host.runOnce();
    const store = dumbwaiter.open(host.store);
    const reading = store.get('n');
    for (const read of [() => store.getValue('n'), () => reading.value]) {
        assert.throws(read, { code: 'UNSUPPORTED', message: /serializers\.so/ });
    }
    assert.throws(() => store.allowPlugins('/nowhere'), /nowhere/);
    store.allowPlugins(plugins);
    assert.deepEqual([store.getValue('n'), reading.value, reading.serializer], [[1, 'x'], [1, 'x'], '128']);
    const another = store.history('n')[0];
    store.close();
    assert.throws(() => another.value, { code: 'UNSUPPORTED' });
    await host.remove();
});

test('bytes that do not decode throw', () => {
    const bad = [[1, ''], [1, '[1'], [1, 'NaN'], [2, '\x92\x01'], [2, ''], [3, '\x82\x01'], [3, '']];
    for (const [serializer, payload] of bad) {
        assert.throws(() => decode(null, serializer, Buffer.from(payload, 'latin1')), { code: 'DAMAGED' });
    }
    assert.throws(() => decode(null, 200, Buffer.from('x')), { code: 'UNSUPPORTED', message: /200/ });
});

test('no library is an error that names the variable', () => {
    const name = JSON.stringify(path.join(__dirname, '..'));
    const code = `try { require(${name}).open('x') } catch (error) { console.log(error.message) }`;
    const env = { ...process.env, DUMBWAITER_LIBRARY: '/nonexistent/lib.so' };
    assert.match(spawnSync(process.execPath, ['-e', code], { env, encoding: 'utf8' }).stdout, /DUMBWAITER_LIBRARY/);
});

test('the default store is looked for in order', () => {
    assert.throws(() => dumbwaiter.getValue('count'), { code: 'NO_STORE', message: /DUMBWAITER_STORE/ });
    const users = path.join(folder, 'config', 'dumbwaiter');
    fs.mkdirSync(users, { recursive: true });
    fs.writeFileSync(path.join(users, 'dumbwaiter.toml'), '[dumbwaiter]\nstore = "users"\n');
    assert.equal(findStore(), path.join(users, 'users'));
    fs.writeFileSync('dumbwaiter.toml', '[functions]\n');
    assert.equal(findStore(), path.join(fs.realpathSync(folder), 'dumbwaiter.store'));
    process.env.DUMBWAITER_MANIFEST = 'missing.toml';
    assert.throws(findStore, { code: 'NO_STORE', message: /missing\.toml/ });
    process.env.DUMBWAITER_STORE = '/named';
    assert.equal(findStore(), '/named');
});

test('the key is read from the manifest', () => {
    const table = JSON.parse(fs.readFileSync(path.join(__dirname, '..', '..', 'tests', 'manifest_stores.json')));
    for (const [text, store] of table) {
        if (store === false) assert.throws(() => storeKey(text), Error, text);
        else assert.equal(storeKey(text), store, text);
    }
});

test('an empty store in the manifest is no store', () => {
    fs.writeFileSync('dumbwaiter.toml', '[dumbwaiter]\nstore = ""\n');
    assert.throws(findStore, { code: 'NO_STORE', message: /dumbwaiter\.toml/ });
});
