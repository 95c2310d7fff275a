// SPDX-License-Identifier: BSD-3-Clause
//
// What print_values.c prints, out of the value trees of reader.hpp.
#include <dumbwaiter/reader.hpp>

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string>

using dumbwaiter::Value;

namespace {

std::string quoted(const std::string& text)
{
    std::string out = "\"";
    char escape[8];
    for (const char c : text) {
        if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') {
            out += c;
            continue;
        }
        std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
        out += escape;
    }
    return out + '"';
}

std::string hex(const std::string& bytes)
{
    std::string out;
    char pair[3];
    for (const char c : bytes) {
        std::snprintf(pair, sizeof pair, "%02x", static_cast<unsigned char>(c));
        out += pair;
    }
    return out;
}

std::string bits_of(double number)
{
    uint64_t bits;
    std::memcpy(&bits, &number, sizeof bits);
    char text[17];
    std::snprintf(text, sizeof text, "%016" PRIx64, bits);
    return text;
}

// Of what is neither array nor map.
std::string tag(const Value& value)
{
    if (value.is_null()) return "n:";
    if (value.holds<bool>()) return value.as_bool() ? "y:1" : "y:0";
    if (value.holds<int64_t>()) return "i:" + std::to_string(value.as_i64());
    if (value.holds<uint64_t>()) return (value.as_u64() > INT64_MAX ? "i:" : "small u64:") + std::to_string(value.as_u64());
    if (value.holds<double>()) return "f:" + bits_of(value.as_f64());
    if (value.is_str()) return "s:" + value.as_str();
    if (value.holds<dumbwaiter::Bytes>()) return "b:" + hex(value.as_bytes());
    return "t:" + std::to_string(value.as_time().unix_ns);
}

std::string tagged(const Value& value)
{
    if (!value.is_array() && !value.is_map()) return quoted(tag(value));
    std::string out;
    if (value.is_array()) {
        for (const Value& element : value.as_array()) out += (out.empty() ? "" : ",") + tagged(element);
        return "[" + out + "]";
    }
    for (const auto& [key, child] : value.as_map()) {
        out += (out.empty() ? "[" : ",[") + quoted(key) + "," + tagged(child) + "]";
    }
    return "{\"map\":[" + out + "]}";
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 2) return 2;
    dumbwaiter::Reader reader{argv[1]};
    if (argc > 2) reader.allow_plugins(argv[2]);
    for (const std::string& name : reader.names()) {
        const auto reading = reader.get(name);
        std::printf("%s\t%s\t%s\n", name.c_str(), tagged(reading->value()).c_str(), reading->json().c_str());
    }
}
