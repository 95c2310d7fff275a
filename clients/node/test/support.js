// SPDX-License-Identifier: BSD-3-Clause
//
// A running host in a folder of its own, for the tests.
'use strict';

const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: pause } = require('node:timers/promises');
const dumbwaiter = require('..');

const RUN = process.env.RUN_DUMBWAITER || 'run_dumbwaiter';
const PLUGINS = process.env.TEST_PLUGINS;

const MANIFEST = `
[dumbwaiter]
default_frequency = 0.05
[functions]
tick = "${PLUGINS}/tick.so:tick"
silent = "${PLUGINS}/tick.so:silent"
fails = "${PLUGINS}/tick.so:fails"
throws = "${PLUGINS}/throws.so:std_exception"
png = "${PLUGINS}/raw.so:png"
[functions.slow]
function = "${PLUGINS}/tick.so:sequence"
frequency = 0.4
on_start = "always"
[functions.once]
function = "${PLUGINS}/echo.so:echo"
frequency = 86400
serializer = "cbor"
args = [1, 2.5, "x", 2026-01-02T03:04:05.123456789Z]
`;

class Host {
    #process = null;

    constructor(manifest = MANIFEST) {
        this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dumbwaiter-test-'));
        this.manifest = path.join(this.folder, 'dumbwaiter.toml');
        this.store = path.join(this.folder, 'dumbwaiter.store');
        fs.writeFileSync(this.manifest, manifest);
    }

    start() {
        const options = { stdio: ['ignore', 'ignore', 'inherit'] };
        this.#process = spawn(RUN, ['--manifest', this.manifest, '--log-level', 'error'], options);
    }

    runOnce() {
        return spawnSync(RUN, ['--manifest', this.manifest, '--once'], { stdio: 'ignore' }).status;
    }

    async stop() {
        if (this.#process === null) return;
        const ended = new Promise((resolve) => this.#process.once('exit', resolve));
        this.#process.kill('SIGTERM');
        await ended;
        this.#process = null;
    }

    async remove() {
        await this.stop();
        fs.rmSync(this.folder, { recursive: true });
    }
}

// The store, as soon as the host has made it, with a first value of everything.
async function whenFilled(host) {
    for (let tries = 0; tries < 200; tries++) {
        try {
            const store = dumbwaiter.open(host.store);
            for (const name of ['tick', 'silent', 'png', 'slow', 'once']) await store.wait(name, 0, 20);
            return store;
        } catch (error) {
            if (error.code !== 'NO_STORE') throw error;
            await pause(50);
        }
    }
    throw new Error('the host made no store');
}

module.exports = { Host, whenFilled };
