// SPDX-License-Identifier: BSD-3-Clause
//
// A store opened for reading.
'use strict';

const path = require('node:path');
const { decode } = require('./decoding.js');
const { DumbwaiterError, MISUSE, NOT_FOUND } = require('./errors.js');
const { askForFresh } = require('./host.js');
const { READING_SIZE, copyBytes, fields, lastError, library, makeReading, openReader } = require('./library.js');
const { Reading } = require('./reading.js');
const { Watch } = require('./watch.js');

// Its buffer is used again by each call; no call runs inside another.
const record = makeReading();

function checked(name) {
    if (typeof name !== 'string') throw new TypeError('a name is a string');
    if (name.includes('\0')) throw new DumbwaiterError(MISUSE, 'a name has no NUL in it');
    return name;
}

// An integer that fits 64 bits.
function counted(number, what) {
    if (typeof number !== 'bigint' && !Number.isInteger(number)) throw new TypeError(`${what} is an integer`);
    if (number < 0 || number >= 2n ** 64n) throw new RangeError(`${what} is from 0 to 2**64 - 1`);
    return number;
}

function seconds(timeout) {
    if (typeof timeout !== 'number') throw new TypeError('timeout is a number of seconds');
    if (Number.isNaN(timeout)) throw new RangeError('timeout is a number of seconds, not NaN');
    return timeout;
}

class Store {
    #reader;
    #watches = new Map();

    constructor(folder) {
        this.path = path.resolve(folder);
        this.#reader = openReader(this.path);
    }

    #open() {
        if (this.#reader === null) throw new DumbwaiterError(MISUSE, `the store ${this.path} was closed`);
        return this.#reader;
    }

    // Whether there is a newest value; if so, it is in `record`.
    #read(name) {
        const code = library().dw_get_value(this.#open(), checked(name), record);
        if (code !== 0 && code !== NOT_FOUND) throw lastError(code);
        return code === 0;
    }

    allowPlugins(folder) {
        const code = library().dw_reader_allow_plugins(this.#open(), path.resolve(folder));
        if (code !== 0) throw lastError(code);
    }

    getValue(name, fallback = null) {
        if (!this.#read(name)) return fallback;
        return decode(this.#reader, fields.serializer(record), fields.payload(record));
    }

    get(name) {
        return this.#read(name) ? new Reading(name, record, record, () => this.#reader) : null;
    }

    history(name, n = 0) {
        return this.#series('dw_get_history', checked(name), n, false);
    }

    errors(name = null, n = 0) {
        return this.#series('dw_get_errors', name === null ? null : checked(name), n, true);
    }

    #series(call, name, n, isReport) {
        counted(n, 'n');
        const readings = [];
        const add = (_, its, at) => {
            readings.push(new Reading(its, copyBytes(at, READING_SIZE), at, () => this.#reader, isReport));
            return 0;
        };
        const code = library()[call](this.#open(), name, n, add, null);
        if (code !== 0 && code !== NOT_FOUND) throw lastError(code);
        return readings;
    }

    names() {
        const names = [];
        const add = (_, name) => {
            names.push(name);
            return 0;
        };
        const code = library().dw_each_name(this.#open(), add, null);
        if (code !== 0) throw lastError(code);
        return names;
    }

    async wait(name, after = 0, timeout = Infinity) {
        this.#open();
        counted(after, 'after');
        seconds(timeout);
        let watch = this.#watches.get(checked(name));
        if (watch === undefined) {
            watch = new Watch(this, name, () => this.#watches.delete(name));
            this.#watches.set(name, watch);
        }
        return watch.add(Number(after), timeout);
    }

    async getFresh(name, maxAge, timeout = Infinity) {
        seconds(timeout);
        if (typeof maxAge !== 'number') throw new TypeError('maxAge is a number of seconds');
        if (Number.isNaN(maxAge)) throw new RangeError('maxAge is a number of seconds, not NaN');
        const reading = this.get(name);
        if (reading !== null && reading.age >= -2 && reading.age <= maxAge) return reading;
        const answered = await askForFresh(this.path, name, maxAge, timeout);
        return answered ? this.get(name) : null;
    }

    close() {
        if (this.#reader === null) return;
        library().dw_reader_close(this.#reader);
        this.#reader = null;
        const closed = new DumbwaiterError(MISUSE, `the store ${this.path} was closed`);
        for (const watch of [...this.#watches.values()]) watch.fail(closed);
    }
}

module.exports = { Store };
