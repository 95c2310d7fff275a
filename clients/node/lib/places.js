// SPDX-License-Identifier: BSD-3-Clause
//
// The store that nobody named: found as the command line finds it, through the environment and the manifest.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { DumbwaiterError, NO_STORE } = require('./errors.js');
const { storeKey } = require('./manifest.js');

const DEFAULT = 'dumbwaiter.store';

// $DUMBWAITER_STORE, else what the manifest says. NO_STORE: there is neither.
function findStore() {
    if (process.env.DUMBWAITER_STORE) return process.env.DUMBWAITER_STORE;
    const manifest = findManifest();
    try {
        const store = storeKey(fs.readFileSync(manifest, 'utf8')) ?? DEFAULT;
        if (store === '') throw new Error('store is not the path of a folder');
        return path.resolve(path.dirname(manifest), store);
    } catch (reason) {
        throw new DumbwaiterError(NO_STORE, `${manifest}: ${reason.message}; name the store in DUMBWAITER_STORE`);
    }
}

// $DUMBWAITER_MANIFEST, else ./dumbwaiter.toml if it is root's or the caller's, else the user's, else /etc's.
function findManifest() {
    if (process.env.DUMBWAITER_MANIFEST) return process.env.DUMBWAITER_MANIFEST;
    // The link too: relative paths are taken from its folder.
    const here = ['lstatSync', 'statSync'].map((facts) => fs[facts]('dumbwaiter.toml', { throwIfNoEntry: false }));
    const stranger = here.find((file) => file && ![0, process.geteuid()].includes(file.uid));
    if (here[1] && !stranger) return 'dumbwaiter.toml';
    const looked = ['./dumbwaiter.toml'];
    if (here[1] && stranger) looked[0] += ` (it belongs to uid ${stranger.uid}: name it to use it)`;
    for (const place of [...usersManifest(), '/etc/dumbwaiter/dumbwaiter.toml']) {
        if (fs.existsSync(place)) return place;
        looked.push(place);
    }
    throw new DumbwaiterError(NO_STORE,
        `there is no manifest: name the store in DUMBWAITER_STORE (looked for ${looked.join(', ')})`);
}

function usersManifest() {
    const { XDG_CONFIG_HOME: config = '', HOME: home } = process.env;
    const folder = path.isAbsolute(config) ? config : home && path.join(home, '.config');
    return folder ? [path.join(folder, 'dumbwaiter', 'dumbwaiter.toml')] : [];
}

module.exports = { findStore };
