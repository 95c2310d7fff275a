// SPDX-License-Identifier: BSD-3-Clause
//
// Types of the package, and its contract.

/**
 * A stored value. Integers that a number does not hold exactly are bigint, bytes are Buffer, times are Time. Keys keep
 * their order, but for those that look like array indexes, which JavaScript puts first.
 */
export type Value = null | boolean | number | bigint | string | Buffer | Time | Value[] | { [key: string]: Value };

/** A Date that still knows its nanoseconds. */
export class Time extends Date {
    constructor(unixNs: bigint);
    /** Nanoseconds since the Unix epoch, exact, unless a setter of Date moved it. */
    readonly unixNs: bigint;
}

/** A read that could not be done. The message says why and what to do. */
export class DumbwaiterError extends Error {
    readonly code: 'NO_STORE' | 'DENIED' | 'DAMAGED' | 'UNSUPPORTED' | 'LIMIT' | 'MISUSE' | 'ERROR';
    /** The library's return code. */
    readonly number: number;
}

export type Outcome =
    | 'ok' | 'failed' | 'threw' | 'timed out' | 'crashed' | 'too large' | 'refused' | 'cancelled' | 'malformed'
    | 'damaged' | (string & {});

/** One record: a value or an error report. Owns its bytes, and does not change but for `state` and `age`. */
export class Reading {
    private constructor();
    readonly name: string;
    /** Counts from 1 for each name, values and error reports each. */
    readonly sequence: number;
    /** The value; null for an error report. Throws DAMAGED if its bytes fail their check or do not decode. */
    readonly value: Value;
    /** What an error report says; null for a value. */
    readonly text: string | null;
    /** The payload as stored; empty if damaged. */
    readonly raw: Buffer;
    /** Given by a function that returned raw bytes, else ''. */
    readonly mediaType: string;
    /** 'raw', 'json', 'msgpack', 'cbor', or a plugin's number. */
    readonly serializer: string;
    readonly outcome: Outcome;
    /** As of now. */
    readonly state: 'fresh' | 'stale';
    /** Seconds since it finished, as of now. */
    readonly age: number;
    readonly due: Time;
    readonly started: Time;
    readonly finished: Time;
    /** null: always fresh. */
    readonly freshUntil: Time | null;
    readonly dueNs: bigint;
    readonly startedNs: bigint;
    readonly finishedNs: bigint;
    /** 0n: always fresh. */
    readonly freshUntilNs: bigint;
}

/** An open store. Each call reads one fresh snapshot, without asking the host. */
export class Store {
    constructor(path: string);
    readonly path: string;
    /**
     * Lets this store's values be decoded by serializer plugins from `folder` too: their code then runs in this process.
     * Without it only those of the installed plugin folder are loaded; other values throw UNSUPPORTED.
     */
    allowPlugins(folder: string): void;
    /** The newest value, or `fallback` (null) if there is none. */
    getValue(name: string, fallback?: any): any;
    /** The newest value with all that is known of it; null if there is none. */
    get(name: string): Reading | null;
    /** The newest value and those before it, newest first, at most `n` (0: all that are kept). */
    history(name: string, n?: number): Reading[];
    /** Error reports, newest first, at most `n` a name (0: all that are kept); without a name those of every name. */
    errors(name?: string | null, n?: number): Reading[];
    /**
     * Resolves when there is a value of a sequence above `after` (0: a first one), woken by its commit, without polling
     * and without holding a thread of libuv's pool; to null when `timeout` seconds (Infinity) have passed.
     */
    wait(name: string, after?: number | bigint, timeout?: number): Promise<Reading | null>;
    /**
     * Resolves to a value at most `maxAge` seconds old. Where it is older, or there is none, the host is asked for it: all
     * who ask, in all processes, share one run. To null when `timeout` seconds (Infinity) have passed, or there is no such
     * name; rejected if the run failed, or no host is running.
     */
    getFresh(name: string, maxAge: number, timeout?: number): Promise<Reading | null>;
    /** Names with a value, in byte order. */
    names(): string[];
    /** Readings stay valid; those who wait are rejected. */
    close(): void;
}

/** Opens the store in the folder `path`. Throws NO_STORE or DENIED. */
export function open(path: string): Store;

/** The default store's newest value: $DUMBWAITER_STORE, else the manifest's; `fallback` (null) if there is none. */
export function getValue(name: string, fallback?: any): any;
