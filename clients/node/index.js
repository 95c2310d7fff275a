// SPDX-License-Identifier: BSD-3-Clause
//
// The package's face: what `require('dumbwaiter')` offers.
'use strict';

const { DumbwaiterError } = require('./lib/errors.js');
const { findStore } = require('./lib/places.js');
const { Reading } = require('./lib/reading.js');
const { Store } = require('./lib/store.js');
const { Time } = require('./lib/time.js');

const defaultStores = new Map();

function open(path) {
    return new Store(path);
}

// The manifest is looked for at the first call only; without a store the next call looks again.
function getValue(name, fallback = null) {
    const place = `${process.env.DUMBWAITER_STORE}\0${process.env.DUMBWAITER_MANIFEST}`;
    let store = defaultStores.get(place);
    if (store === undefined) {
        store = new Store(findStore());
        defaultStores.set(place, store);
    }
    return store.getValue(name, fallback);
}

module.exports = { DumbwaiterError, Reading, Store, Time, getValue, open };
