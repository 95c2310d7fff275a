// SPDX-License-Identifier: BSD-3-Clause
//
// Random nested values through each serializer: what a function returned is what the client reads.
// $ROUND_TRIP_VALUES values a serializer, 10,000 by default.
'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { isDeepStrictEqual } = require('node:util');
const dumbwaiter = require('..');
const { Host } = require('./support.js');

const VALUES = Number(process.env.ROUND_TRIP_VALUES ?? '10000');
const TAGGED = process.env.TAGGED_PLUGIN ?? '';
const GENERATOR = path.join(__dirname, '..', '..', 'tests', 'random_values.py');

function tagNumber(value, wanted) {
    // A float without a fraction and an integer are one number in JavaScript: what was returned tells which is meant.
    if (Number.isSafeInteger(value) && !Object.is(value, -0) && wanted?.startsWith?.('i:')) return `i:${value}`;
    const bits = Buffer.alloc(8);
    bits.writeDoubleBE(value);
    return `f:${bits.toString('hex')}`;
}

// A value in the notation of tagged.c, maps without an order.
function tag(value, wanted) {
    if (value === null) return 'n:';
    if (typeof value === 'boolean') return `y:${Number(value)}`;
    if (typeof value === 'number') return tagNumber(value, wanted);
    if (typeof value === 'bigint') return `i:${value}`;
    if (typeof value === 'string') return `s:${value}`;
    if (Buffer.isBuffer(value)) return `b:${value.toString('hex')}`;
    if (value instanceof dumbwaiter.Time) return `t:${value.unixNs}`;
    if (Array.isArray(value)) return value.map((child, i) => tag(child, wanted?.[i]));
    const of = new Map(Object.entries(wanted ?? {}));
    return new Map(Object.entries(value).map(([key, child]) => [key, tag(child, of.get(key))]));
}

function asMaps(tagged) {
    if (Array.isArray(tagged)) return tagged.map(asMaps);
    if (typeof tagged === 'string') return tagged;
    return new Map(Object.entries(tagged).map(([key, child]) => [key, asMaps(child)]));
}

const skip = fs.existsSync(TAGGED) ? false : 'TAGGED_PLUGIN does not name tagged.so';

test('no value differs', { skip }, async () => {
    const options = { encoding: 'utf8', maxBuffer: 2 ** 28, env: { ...process.env, PYTHONUTF8: '1' } };
    const manifest = execFileSync('python3', [GENERATOR, TAGGED, String(VALUES)], options);
    const expected = JSON.parse(manifest.slice(manifest.lastIndexOf('\n#') + 2));
    const host = new Host(manifest);
    assert.equal(host.runOnce(), 0);
    const store = dumbwaiter.open(host.store);
    const compress = process.env.COMPRESS_PLUGIN;
    if (compress) store.allowPlugins(path.dirname(compress));
    let seen = 0;
    let differences = 0;
    for (const [name, values] of Object.entries(expected)) {
        const read = store.getValue(name);
        values.forEach((wanted, i) => {
            seen++;
            if (!isDeepStrictEqual(tag(read[i], wanted), asMaps(wanted))) differences++;
        });
    }
    console.log(`Node: ${seen} values, ${differences} differences`);
    assert.deepEqual([seen, differences], [(compress ? 4 : 3) * VALUES, 0]);
    store.close();
    await host.remove();
});
