// SPDX-License-Identifier: BSD-3-Clause
//
// The store that nobody named: found as the command line finds it, through the environment and the manifest.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { DumbwaiterError, NO_STORE } = require('./errors.js');

const DEFAULT = 'dumbwaiter.store';
const TABLE = /^\s*\[\s*(.*?)\s*\]\s*(?:#.*)?$/;
const STORE = /^\s*(?:store|"store"|'store')\s*=\s*(?:("(?:[^"\\]|\\.)*")|'([^']*)')\s*(?:#.*)?$/;
const ANY_STORE = /^\s*["']?store\b/;
const ANY_SETTINGS = /^\s*["']?dumbwaiter\b/;

// $DUMBWAITER_STORE, else what the manifest says. NO_STORE: there is neither.
function findStore() {
    if (process.env.DUMBWAITER_STORE) return process.env.DUMBWAITER_STORE;
    const manifest = findManifest();
    try {
        return path.resolve(path.dirname(manifest), storeKey(fs.readFileSync(manifest, 'utf8')));
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

// `store` of the table [dumbwaiter]. Throws where it is written in a way that takes more of TOML than strings on one
// line.
function storeKey(text) {
    if (text.includes('"""') || text.includes("'''")) throw new Error('strings of several lines are not read');
    let table = '';
    for (const line of text.split(/\r?\n/)) {
        const header = TABLE.exec(line);
        if (header) {
            table = header[1].replace(/^["']|["']$/g, '');
            continue;
        }
        const store = table === 'dumbwaiter' && STORE.exec(line);
        if (store) return store[1] === undefined ? store[2] : unescape(store[1]);
        if (table === 'dumbwaiter' && ANY_STORE.test(line)) throw new Error('store is not a string of one line');
        if (table === '' && ANY_SETTINGS.test(line)) throw new Error('the settings are not a [dumbwaiter] table');
    }
    return DEFAULT;
}

// A basic string of TOML is one of JSON, but for \UXXXXXXXX.
function unescape(quoted) {
    const long = (_, slashes, code) => slashes + String.fromCodePoint(parseInt(code, 16));
    return JSON.parse(quoted.replace(/((?:^|[^\\])(?:\\\\)*)\\U([0-9A-Fa-f]{8})/g, long));
}

module.exports = { findStore, storeKey };
