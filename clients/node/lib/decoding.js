// SPDX-License-Identifier: BSD-3-Clause
//
// Payloads to JavaScript values. JSON by the engine's parser where that is exact, raw as it is, the rest by the
// library's walk.
'use strict';

const { isUtf8 } = require('node:buffer');
const koffi = require('koffi');
const { DAMAGED, DumbwaiterError } = require('./errors.js');
const { copyBytes, lastError, library, makeReading } = require('./library.js');
const { Time } = require('./time.js');

const RAW = 0;
const JSON_TEXT = 1;
const NAMES = ['raw', 'json', 'msgpack', 'cbor'];

// Where the walk stands: the open containers, each with the key that its next value gets.
let levels = [];
let root;

// The payload that is walked: held here, as C has only its address.
let walked = null;

function add(value) {
    const level = levels.at(-1);
    if (level === undefined) root = value;
    else if (level.key === null) level.container.push(value);
    // A plain assignment to this key would set the prototype.
    else if (level.key === '__proto__') define(level.container, value);
    else level.container[level.key] = value;
    return 0;
}

function define(container, value) {
    Object.defineProperty(container, '__proto__', { value, enumerable: true, configurable: true, writable: true });
}

// A number where it holds the integer and its neighbours, else a bigint; koffi draws that line elsewhere.
function integer(number) {
    return Number.isSafeInteger(Number(number)) ? Number(number) : BigInt(number);
}

function open(container, key) {
    add(container);
    levels.push({ container, key });
    return 0;
}

const CALLBACKS = [
    ['null', [], () => add(null)],
    ['boolean', ['int32'], (_, truth) => add(truth !== 0)],
    ['i64', ['int64'], (_, number) => add(integer(number))],
    // koffi hands the upper half of u64 to callbacks as negative numbers.
    ['u64', ['uint64'], (_, number) => add(integer(BigInt.asUintN(64, BigInt(number))))],
    ['f64', ['double'], (_, number) => add(number)],
    ['str', ['void *', 'uint64'], (_, at, length) => add(copyBytes(at, length).toString())],
    ['bytes', ['void *', 'uint64'], (_, at, length) => add(copyBytes(at, length))],
    ['time', ['int64'], (_, unixNs) => add(new Time(BigInt(unixNs)))],
    ['open_array', ['uint64'], () => open([], null)],
    ['open_map', ['uint64'], () => open({}, '')],
    ['key', ['void *', 'uint64'], (_, at, length) => {
        levels.at(-1).key = copyBytes(at, length).toString();
        return 0;
    }],
    ['close', [], () => {
        levels.pop();
        return 0;
    }],
];

let visitor = null;

// dw_visitor: its size, then the callbacks' addresses; registered once, as that costs more than a walk.
function theVisitor() {
    if (visitor !== null) return visitor;
    visitor = Buffer.alloc(8 + 8 * CALLBACKS.length);
    visitor.writeUInt32LE(visitor.length, 0);
    CALLBACKS.forEach(([name, parameters, callback], index) => {
        const type = koffi.proto(`dw_visitor_${name}`, 'int', ['void *', ...parameters]);
        visitor.writeBigUInt64LE(BigInt(koffi.register(callback, koffi.pointer(type))), 8 + 8 * index);
    });
    return visitor;
}

function walk(reader, serializer, payload) {
    const reading = makeReading();
    reading.writeUInt32LE(serializer, 48);
    // Never empty: an empty Buffer has no address to give.
    walked = payload.length > 0 ? payload : Buffer.alloc(1);
    reading.writeBigUInt64LE(BigInt(koffi.address(walked)), 56);
    reading.writeBigUInt64LE(BigInt(payload.length), 64);
    levels = [];
    const code = library().dw_reading_walk(reader, reading, theVisitor(), null);
    walked = null;
    if (code !== 0) throw lastError(code);
    const value = root;
    root = undefined;
    return value;
}

// So many digits may be an integer that a number does not hold.
const MAYBE_LARGE = /[0-9]{16}/;

function json(reader, payload) {
    const text = payload.toString();
    if (MAYBE_LARGE.test(text)) return walk(reader, JSON_TEXT, payload);
    try {
        return JSON.parse(text);
    } catch (reason) {
        throw new DumbwaiterError(DAMAGED, `the value is no JSON: ${reason.message}`);
    }
}

// null, boolean, number, bigint (integers that a number does not hold), string, Buffer, Time, array or object.
function decode(reader, serializer, payload) {
    if (serializer === JSON_TEXT) return json(reader, payload);
    if (serializer === RAW) return isUtf8(payload) ? payload.toString() : payload;
    return walk(reader, serializer, payload);
}

module.exports = { NAMES, RAW, decode };
