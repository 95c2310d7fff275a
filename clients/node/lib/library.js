// SPDX-License-Identifier: BSD-3-Clause
//
// libdumbwaiter.so.0 as koffi sees it: its functions, and the layout of a dw_reading in a Buffer.
'use strict';

const koffi = require('koffi');
const { DumbwaiterError, NO_STORE } = require('./errors.js');

const NAME = 'libdumbwaiter.so.0';

const memcpy = koffi.load(null).func('void *memcpy(void *to, const void *from, size_t length)');

// dw_reading: 136 bytes, all but the first field the library's to fill.
const READING_SIZE = 136;

function makeReading() {
    const reading = Buffer.alloc(READING_SIZE);
    reading.writeUInt32LE(READING_SIZE, 0);
    return reading;
}

const fields = {
    sequence: (reading) => Number(reading.readBigUInt64LE(8)),
    due: (reading) => reading.readBigInt64LE(16),
    started: (reading) => reading.readBigInt64LE(24),
    finished: (reading) => reading.readBigInt64LE(32),
    freshUntil: (reading) => reading.readBigInt64LE(40),
    serializer: (reading) => reading.readUInt32LE(48),
    outcome: (reading) => reading.readUInt32LE(52),
    // A copy; null where the library gave none, of a damaged record.
    payload(reading) {
        const data = reading.readBigUInt64LE(56);
        return data === 0n ? null : copyBytes(data, Number(reading.readBigUInt64LE(64)));
    },
};

function copyBytes(address, length) {
    const bytes = Buffer.allocUnsafe(length);
    if (length > 0) memcpy(bytes, address, length);
    return bytes;
}

const each = koffi.proto('dw_each', 'int', ['void *', 'str', 'void *']);
const eachName = koffi.proto('dw_each_name', 'int', ['void *', 'str']);

const SIGNATURES = {
    dw_reader_open: ['int32', ['str', koffi.out(koffi.pointer('void *'))]],
    dw_reader_allow_plugins: ['int32', ['void *', 'str']],
    dw_reader_close: ['void', ['void *']],
    dw_reader_error: ['str', []],
    dw_get_value: ['int32', ['void *', 'str', 'void *']],
    dw_get_history: ['int32', ['void *', 'str', 'uint64', koffi.pointer(each), 'void *']],
    dw_get_errors: ['int32', ['void *', 'str', 'uint64', koffi.pointer(each), 'void *']],
    dw_wait: ['int32', ['void *', 'str', 'uint64', 'uint64', 'void *']],
    dw_each_name: ['int32', ['void *', koffi.pointer(eachName), 'void *']],
    dw_reading_walk: ['int32', ['void *', 'void *', 'void *', 'void *']],
    dw_reading_media_type: ['str', ['void *']],
};

let functions = null;

function openLibrary() {
    const place = process.env.DUMBWAITER_LIBRARY || NAME;
    try {
        return koffi.load(place);
    } catch (reason) {
        throw new DumbwaiterError(NO_STORE, `${place} cannot be loaded (${reason.message}); ` +
            'name it in DUMBWAITER_LIBRARY');
    }
}

// The functions by name, loaded at the first call. NO_STORE: there is no library.
function library() {
    if (functions === null) {
        const loaded = openLibrary();
        const bind = ([name, [result, parameters]]) => [name, loaded.func(name, result, parameters)];
        functions = Object.fromEntries(Object.entries(SIGNATURES).map(bind));
    }
    return functions;
}

// The error for the call that just failed on this thread.
function lastError(code) {
    return new DumbwaiterError(code, library().dw_reader_error());
}

function openReader(path) {
    const out = [null];
    const code = library().dw_reader_open(path, out);
    if (code !== 0) throw lastError(code);
    return out[0];
}

module.exports = { READING_SIZE, copyBytes, fields, lastError, library, makeReading, openReader };
