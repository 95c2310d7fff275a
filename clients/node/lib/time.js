// SPDX-License-Identifier: BSD-3-Clause
//
// Points in time: a Date that still knows its nanoseconds.
'use strict';

const NS_PER_MS = 1_000_000n;

// The whole milliseconds at or before this many nanoseconds since the Unix epoch.
function milliseconds(unixNs) {
    const whole = unixNs / NS_PER_MS;
    return unixNs % NS_PER_MS < 0n ? whole - 1n : whole;
}

class Time extends Date {
    #unixNs;

    constructor(unixNs) {
        super(Number(milliseconds(unixNs)));
        this.#unixNs = unixNs;
    }

    // Nanoseconds since the Unix epoch, exact, unless a setter of Date moved it.
    get unixNs() {
        const now = BigInt(this.getTime());
        return milliseconds(this.#unixNs) === now ? this.#unixNs : now * NS_PER_MS;
    }
}

function unixNow() {
    return BigInt(Date.now()) * NS_PER_MS;
}

module.exports = { Time, unixNow };
