// SPDX-License-Identifier: BSD-3-Clause
//
// What reading can throw, by the library's return codes.
'use strict';

const OK = 0;
const NOT_FOUND = -10;
const MISUSE = -13;
const TIMEOUT = -15;
const DAMAGED = -17;
const NO_STORE = -18;

const NAMES = new Map([
    [-12, 'LIMIT'],
    [MISUSE, 'MISUSE'],
    [-14, 'UNSUPPORTED'],
    [-16, 'DENIED'],
    [DAMAGED, 'DAMAGED'],
    [NO_STORE, 'NO_STORE'],
]);

// A read that could not be done. The message says why and what to do; `code` is one of NAMES,
// `number` the library's code.
class DumbwaiterError extends Error {
    constructor(code, message) {
        super(message);
        this.name = 'DumbwaiterError';
        this.code = NAMES.get(code) ?? 'ERROR';
        this.number = code;
    }
}

module.exports = { DAMAGED, MISUSE, NOT_FOUND, NO_STORE, OK, TIMEOUT, DumbwaiterError };
