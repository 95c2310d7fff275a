// SPDX-License-Identifier: BSD-3-Clause
//
// All who wait for one name of a store: one sleeping thread serves them, however many they are.
'use strict';

const { sleep } = require('./sleepers.js');

// Timers take no more; a longer timeout is none.
const LONGEST_TIMER = 2 ** 31 - 1;

class Watch {
    #store;
    #name;
    #onEmpty;
    #waiters = new Set();
    #cancelSleep = null;

    // `onEmpty` is called when the last waiter has left; the watch is of no more use then.
    constructor(store, name, onEmpty) {
        this.#store = store;
        this.#name = name;
        this.#onEmpty = onEmpty;
    }

    // The first reading of a sequence above `after`; null when `timeout` seconds have passed.
    add(after, timeout) {
        return new Promise((resolve, reject) => {
            const waiter = { after, resolve, reject, timer: undefined };
            this.#waiters.add(waiter);
            const ms = Math.max(0, timeout * 1000);
            if (ms <= LONGEST_TIMER) waiter.timer = setTimeout(() => this.#leave(waiter, null), ms);
            this.#look();
        });
    }

    fail(error) {
        for (const waiter of [...this.#waiters]) {
            waiter.reject(error);
            this.#leave(waiter, null);
        }
    }

    #leave(waiter, reading) {
        clearTimeout(waiter.timer);
        waiter.resolve(reading);
        this.#waiters.delete(waiter);
        if (this.#waiters.size > 0) return;
        this.#cancelSleep?.();
        this.#onEmpty();
    }

    // Serves those whose value is there, and sleeps for the rest.
    #look() {
        let reading;
        try {
            reading = this.#store.get(this.#name);
        } catch (error) {
            this.fail(error);
            return;
        }
        const sequence = reading?.sequence ?? 0;
        for (const waiter of [...this.#waiters]) {
            if (waiter.after < sequence) this.#leave(waiter, reading);
        }
        if (this.#waiters.size > 0 && this.#cancelSleep === null) this.#sleepPast(sequence);
    }

    #sleepPast(sequence) {
        const { woken, cancel } = sleep(this.#store.path, this.#name, sequence);
        this.#cancelSleep = cancel;
        woken.then(
            () => {
                this.#cancelSleep = null;
                if (this.#waiters.size > 0) this.#look();
            },
            (error) => {
                this.#cancelSleep = null;
                this.fail(error);
            });
    }
}

module.exports = { Watch };
