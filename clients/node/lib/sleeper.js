// SPDX-License-Identifier: BSD-3-Clause
//
// The thread that sleeps: one wait at a time, in slices, as a call into C can neither be cancelled nor terminated.
'use strict';

const { parentPort } = require('node:worker_threads');
const { OK, TIMEOUT } = require('./errors.js');
const { library, makeReading, openReader } = require('./library.js');

// So long at most may a program's exit take.
const SLICE_NS = 500_000_000;

const reading = makeReading();

function sleepUntil({ folder, name, sequence, cancelled }) {
    const reader = openReader(folder);
    try {
        for (;;) {
            const code = library().dw_wait(reader, name, sequence, SLICE_NS, reading);
            if (code === OK || Atomics.load(cancelled, 0) === 1) return { code: OK, text: '' };
            if (code !== TIMEOUT) return { code, text: library().dw_reader_error() };
        }
    } finally {
        library().dw_reader_close(reader);
    }
}

parentPort.on('message', (task) => {
    try {
        parentPort.postMessage(sleepUntil(task));
    } catch (error) {
        parentPort.postMessage({ code: error.number, text: error.message });
    }
});
