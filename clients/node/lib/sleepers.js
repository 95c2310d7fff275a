// SPDX-License-Identifier: BSD-3-Clause
//
// Threads that sleep in dw_wait. Not koffi's asynchronous calls: those take threads of libuv's pool of four, and a few
// that sleep for long would hold up every file and name look-up of the program.
'use strict';

const path = require('node:path');
const { Worker } = require('node:worker_threads');

const { DumbwaiterError } = require('./errors.js');

// Kept for the next sleep: starting a thread costs tens of milliseconds.
const MOST_IDLE = 4;
const idle = [];

function start() {
    const worker = new Worker(path.join(__dirname, 'sleeper.js'));
    worker.on('exit', () => {
        const at = idle.indexOf(worker);
        if (at >= 0) idle.splice(at, 1);
    });
    return worker;
}

// Only a sleeper that somebody waits for keeps the program alive.
function putAway(worker) {
    worker.unref();
    if (idle.length < MOST_IDLE) idle.push(worker);
    else worker.terminate();
}

// `woken` settles when the name has a value of a sequence above `sequence`, or soon after `cancel` was called.
function sleep(folder, name, sequence) {
    const worker = idle.pop() ?? start();
    const cancelled = new Int32Array(new SharedArrayBuffer(4));
    const woken = new Promise((resolve, reject) => {
        const finish = (settle) => (outcome) => {
            worker.removeListener('message', onMessage);
            worker.removeListener('error', onError);
            settle(outcome);
        };
        const onMessage = finish(({ code, text }) => {
            putAway(worker);
            if (code === 0) resolve();
            else reject(new DumbwaiterError(code, text));
        });
        const onError = finish(reject);
        worker.on('message', onMessage);
        worker.on('error', onError);
    });
    worker.ref();
    worker.postMessage({ folder, name, sequence, cancelled });
    const cancel = () => {
        Atomics.store(cancelled, 0, 1);
        worker.unref();
    };
    return { woken, cancel };
}

module.exports = { sleep };
