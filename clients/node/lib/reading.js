// SPDX-License-Identifier: BSD-3-Clause
//
// One record, as it was read: a value or an error report, with its times.
'use strict';

const { NAMES, RAW, decode } = require('./decoding.js');
const { DAMAGED, DumbwaiterError } = require('./errors.js');
const { fields, library } = require('./library.js');
const { Time, unixNow } = require('./time.js');

const OUTCOMES = ['ok', 'failed', 'threw', 'timed out', 'crashed', 'too large', 'refused', 'cancelled', 'malformed'];
const CLOCK_TOLERANCE = 2_000_000_000n;
const NS_PER_S = 1e9;

// Owns its bytes, and does not change but for `state` and `age`.
class Reading {
    #number;
    #reader;
    #isReport;
    #value;
    #isDecoded = false;

    // `at` is what the library was given or hands out: the record's Buffer or its address. `reader` gives the store's,
    // null once it is closed: only what a serializer plugin wrote is decoded through it.
    constructor(name, record, at, reader, isReport = false) {
        this.#reader = reader;
        const payload = fields.payload(record);
        this.#number = fields.serializer(record);
        this.#isReport = isReport;
        this.name = name;
        this.sequence = fields.sequence(record);
        this.dueNs = fields.due(record);
        this.startedNs = fields.started(record);
        this.finishedNs = fields.finished(record);
        this.freshUntilNs = fields.freshUntil(record);
        this.outcome = payload === null ? 'damaged' : outcomeName(fields.outcome(record));
        this.serializer = NAMES[this.#number] ?? String(this.#number);
        this.raw = payload ?? Buffer.alloc(0);
        this.mediaType = this.#number === RAW ? library().dw_reading_media_type(at) : '';
    }

    get value() {
        if (!this.#isDecoded) {
            this.#check();
            this.#value = this.#isReport ? null : decode(this.#reader(), this.#number, this.raw);
            this.#isDecoded = true;
        }
        return this.#value;
    }

    get text() {
        if (!this.#isReport) return null;
        this.#check();
        return this.raw.toString();
    }

    #check() {
        if (this.outcome !== 'damaged') return;
        throw new DumbwaiterError(DAMAGED, `record ${this.sequence} of ${this.name} fails its check`);
    }

    get state() {
        const now = unixNow();
        const isYoung = this.freshUntilNs === 0n || now <= this.freshUntilNs;
        return isYoung && this.finishedNs <= now + CLOCK_TOLERANCE ? 'fresh' : 'stale';
    }

    get age() {
        return Number(unixNow() - this.finishedNs) / NS_PER_S;
    }

    get due() {
        return new Time(this.dueNs);
    }

    get started() {
        return new Time(this.startedNs);
    }

    get finished() {
        return new Time(this.finishedNs);
    }

    get freshUntil() {
        return this.freshUntilNs === 0n ? null : new Time(this.freshUntilNs);
    }
}

function outcomeName(number) {
    return OUTCOMES[number] ?? `outcome ${number}`;
}

module.exports = { Reading };
