// SPDX-License-Identifier: BSD-3-Clause
//
// Asking the host that writes a store, over its control socket (FORMAT.md, section 10).
'use strict';

const fs = require('node:fs');
const net = require('node:net');

const { DumbwaiterError, NOT_FOUND } = require('./errors.js');

const ERROR = -1;
const MOST_AGE = 9e18; // nanoseconds that fit 63 bits
const MOST_TIMER = 2 ** 31 - 1; // milliseconds

function request(name, maxAge) {
    const age = BigInt(Math.trunc(Math.min(Math.max(maxAge, 0) * 1e9, MOST_AGE)));
    return `{"do":"fresh","name":${JSON.stringify(name)},"max_age_ns":${age}}\n`;
}

function failure(error) {
    const isGone = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
    return new DumbwaiterError(ERROR, isGone ? 'no host is running' : error.message);
}

// Resolves to true once there is a value young enough; to false when the time is over, or nobody knows the name.
function askForFresh(folder, name, maxAge, timeout) {
    return new Promise((resolve, reject) => {
        // The folder goes by its descriptor: a socket's address is short, paths are not.
        const at = fs.openSync(folder, fs.constants.O_DIRECTORY);
        const socket = net.connect(`/proc/self/fd/${at}/control`);
        fs.closeSync(at); // a socket of this kind is connected, or not, by now
        const timer = Number.isFinite(timeout) && timeout * 1000 <= MOST_TIMER
            ? setTimeout(() => end(() => resolve(false)), Math.max(timeout, 0) * 1000) : null;
        let line = '';
        const end = (settle) => {
            clearTimeout(timer);
            socket.destroy();
            settle();
        };
        socket.setEncoding('utf8');
        socket.on('connect', () => socket.write(request(name, maxAge)));
        socket.on('data', (text) => {
            line += text;
            if (!line.endsWith('\n')) return;
            const { code, text: why } = JSON.parse(line);
            if (code === 0) end(() => resolve(true));
            else if (code === NOT_FOUND) end(() => resolve(false));
            else end(() => reject(new DumbwaiterError(code, why)));
        });
        socket.on('error', (error) => end(() => reject(failure(error))));
        socket.on('close', () => end(() => reject(new DumbwaiterError(ERROR, 'the host ended before it answered'))));
    });
}

module.exports = { askForFresh };
