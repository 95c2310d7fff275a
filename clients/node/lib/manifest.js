// SPDX-License-Identifier: BSD-3-Clause
//
// The one key of a manifest that a reader needs. As much of TOML as it takes to tell what is inside a string, a comment,
// an array or another table; the host has checked the rest. clients/python/dumbwaiter/manifest.py is its twin.
'use strict';

const STORE = JSON.stringify(['dumbwaiter', 'store']);

const BLANK = /(?:\s|#[^\n]*)*/y;
const SPACE = /[ \t]*/y;
const BARE_KEY = /[A-Za-z0-9_-]+/y;
// Two quotes may stand right before the closing three.
const STRING = new RegExp([
    /"""(?:\r?\n)?([^"\\]*(?:(?:\\[\s\S]|"(?!""))[^"\\]*)*"{0,2})"""(?!")/,
    /'''(?:\r?\n)?([^']*(?:'(?!'')[^']*)*'{0,2})'''(?!')/,
    /"(?!"")([^"\\\n]*(?:\\.[^"\\\n]*)*)"/,
    /'(?!'')([^'\n]*)'/,
].map((kind) => kind.source).join('|'), 'y');
const SCALAR = /[^\s,[\]{}#"'=][^,[\]{}#"'=\n]*/y;
const ESCAPE = /\\(?:[ \t]*\r?\n\s*|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([\s\S]))/g;
const ESCAPED = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', '"': '"', '\\': '\\' };

// `store` of the table [dumbwaiter]; null: there is none. Throws where it is no string, or this is no TOML.
function storeKey(text) {
    return new Scanner(text).findStore();
}

// Goes through the text once; `at` is where it stands.
class Scanner {
    #text;
    #at = 0;
    #store = null;

    constructor(text) {
        this.#text = text;
    }

    findStore() {
        let table = [];
        while (this.#store === null) {
            this.#match(BLANK);
            if (this.#at === this.#text.length) return null;
            if (this.#take('[')) table = this.#header();
            else this.#entry(table);
        }
        return this.#store;
    }

    #header() {
        const isArray = this.#take('[');
        this.#match(SPACE);
        const path = this.#key();
        this.#need(isArray ? ']]' : ']');
        return isArray ? ['[[', ...path] : path;
    }

    #entry(table) {
        const path = [...table, ...this.#key()];
        this.#need('=');
        this.#match(SPACE);
        this.#value(path);
    }

    #key() {
        const parts = [];
        for (;;) {
            parts.push(this.#match(BARE_KEY)?.[0] ?? this.#string());
            this.#match(SPACE);
            if (!this.#take('.')) return parts;
            this.#match(SPACE);
        }
    }

    #value(path) {
        const isStore = JSON.stringify(path) === STORE;
        const isString = ['"', "'"].includes(this.#text[this.#at]);
        if (isStore && !isString) throw new Error(`${this.#line()}: store is not a string`);
        if (isString) {
            const string = this.#string();
            if (isStore) this.#store = string;
        } else if (this.#take('[')) this.#items(']', () => this.#value([]));
        else if (this.#take('{')) this.#items('}', () => this.#entry(path.length > 0 ? path : ['[']));
        else if (this.#match(SCALAR) === null) throw new Error(`${this.#line()}: a value is missing`);
    }

    #items(end, item) {
        this.#match(BLANK);
        while (!this.#take(end)) {
            item();
            this.#match(BLANK);
            if (!this.#take(',')) return this.#need(end);
            this.#match(BLANK);
        }
    }

    #string() {
        const found = this.#match(STRING);
        if (found === null) throw new Error(`${this.#line()}: a key or a string is missing, or does not end`);
        const basic = found[1] ?? found[3];
        return basic === undefined ? found[2] ?? found[4] : basic.replace(ESCAPE, unescaped);
    }

    #match(pattern) {
        pattern.lastIndex = this.#at;
        const found = pattern.exec(this.#text);
        if (found !== null) this.#at = pattern.lastIndex;
        return found;
    }

    #take(token) {
        const isThere = this.#text.startsWith(token, this.#at);
        if (isThere) this.#at += token.length;
        return isThere;
    }

    #need(token) {
        this.#match(SPACE);
        if (!this.#take(token)) throw new Error(`${this.#line()}: ${token} is missing`);
    }

    #line() {
        return `line ${this.#text.slice(0, this.#at).split('\n').length}`;
    }
}

function unescaped(_, short, long, letter) {
    if (short !== undefined || long !== undefined) return String.fromCodePoint(parseInt(short ?? long, 16));
    if (letter === undefined) return '';  // a line that is continued
    if (!Object.hasOwn(ESCAPED, letter)) throw new Error(`\\${letter} is no escape`);
    return ESCAPED[letter];
}

module.exports = { storeKey };
