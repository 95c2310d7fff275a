// SPDX-License-Identifier: BSD-3-Clause
//
// libredis.so: `command` sends one command to a Redis server; its reply is the value.
#include <algorithm>
#include <cctype>

#include "file_text.h"
#include "redis_connection.hpp"

namespace {

using dumbwaiter::Argument;
using dumbwaiter::Call;
using dumbwaiter::Failed;

// One word of the command. Numbers as Redis reads them.
std::string word(const Argument& argument, std::size_t index)
{
    switch (argument.type()) {
        case DW_TYPE_STR: return argument.get<std::string>();
        case DW_TYPE_I64: return std::to_string(argument.get<std::int64_t>());
        case DW_TYPE_U64: return std::to_string(argument.get<std::uint64_t>());
        case DW_TYPE_F64: {
            char text[40];
            std::snprintf(text, sizeof text, "%.17g", argument.get<double>());
            return text;
        }
        case DW_TYPE_BYTES: {
            auto const bytes = argument.get<dumbwaiter::bytes_view>();
            return {static_cast<const char*>(bytes.data), bytes.size};
        }
        default:
            throw Failed("args[" + std::to_string(index) +
                         "] cannot be a word of a command: strings, bytes, integers and "
                         "floats can");
    }
}

// After these the server goes on talking, which is not what one value is.
void refuse_streams(std::string name)
{
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
    static constexpr std::string_view kStreams[] = {"SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE",
                                                    "MONITOR",   "SYNC",       "PSYNC"};
    if (std::find(std::begin(kStreams), std::end(kStreams), name) != std::end(kStreams))
        throw Failed(name + " has no single reply, and cannot be a value");
}

std::vector<std::string> command_of(const Call& call)
{
    std::vector<std::string> words;
    std::size_t const count = call.args().size();
    if (count < 2)
        throw Failed("args[1] is missing: give the command, such as [\"redis://127.0.0.1\", \"GET\", \"key\"]");
    for (std::size_t i = 1; i < count; ++i) words.push_back(word(call.args()[i], i));
    refuse_streams(words[0]);
    return words;
}

std::int32_t put(dw_call* call, const redisReply& reply)
{
    switch (reply.type) {
        case REDIS_REPLY_NIL: return dw_put_null(call);
        case REDIS_REPLY_INTEGER: return dw_put_i64(call, reply.integer);
        case REDIS_REPLY_ERROR: return dw_fail(call, reply.str);  // within an array: of one command of a transaction
        case REDIS_REPLY_ARRAY: break;
        default:
            return utf8_prefix(reply.str, reply.len) == reply.len ? dw_put_str(call, reply.str, reply.len)
                                                                  : dw_put_bytes(call, reply.str, reply.len);
    }
    std::int32_t code = dw_open_array(call);
    for (std::size_t i = 0; i < reply.elements && code == DW_OK; ++i) code = put(call, *reply.element[i]);
    return code == DW_OK ? dw_close(call) : code;
}

std::int32_t run_command(Call& call, Connection& connection)
{
    Server const server(call);
    std::vector<std::string> const command = command_of(call);
    Reply const reply = connection.run(call, server, command);
    if (reply->type == REDIS_REPLY_ERROR) throw Failed(command[0] + ": " + std::string(reply->str, reply->len));
    return put(call.raw(), *reply);
}

constexpr char kCommandArgs[] =
    R"json({"type": "array", "minItems": 2, "prefixItems": [{"type": "string", "pattern": "^(redis://|unix:)", )json"
    R"json("description": "redis://USER:PASSWORD@HOST:PORT/DATABASE or unix:/PATH"}, {"type": "string", "minLength": 1, )json"
    R"json("description": "a command"}], "items": {"type": ["string", "number"], )json"
    R"json("description": "a word of the command"}, "kwargs": {"properties": {"username": {"type": "string"}, )json"
    R"json("password": {"type": "string"}}, "additionalProperties": false}})json";

}  // namespace

DUMBWAITER_STATEFUL_EX(command,
                       "Sends a command to a Redis server (args = its address, then the command's words); kwargs "
                       "username, password",
                       Connection, 0, kCommandArgs, NULL, DW_SECONDS(10), [](Call& call, Connection& connection) {
                           return dumbwaiter::Outcome{run_command(call, connection)};
                       });
