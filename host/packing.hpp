// SPDX-License-Identifier: BSD-3-Clause
//
// Plain data as bytes, between processes of one host.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace dumbwaiter {

class Packer {
public:
    Packer& number(uint64_t value)
    {
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
        return *this;
    }
    Packer& text(std::string_view value)
    {
        number(value.size());
        bytes_.append(value);
        return *this;
    }
    std::string take() { return std::move(bytes_); }

private:
    std::string bytes_;
};

// Once something does not fit, everything is 0 or "", and is_whole() says so.
class Unpacker {
public:
    explicit Unpacker(std::string_view bytes) : left_(bytes) {}
    uint64_t number()
    {
        uint64_t value = 0;
        const std::string_view bytes = take(sizeof value);
        if (is_whole_) std::memcpy(&value, bytes.data(), sizeof value);
        return value;
    }
    std::string text() { return std::string(take(number())); }
    // How many things follow, each of at least one byte.
    uint64_t count()
    {
        const uint64_t value = number();
        if (value > left_.size()) is_whole_ = false;
        return is_whole_ ? value : 0;
    }
    bool is_whole() const { return is_whole_; }

private:
    std::string_view take(uint64_t size)
    {
        if (size > left_.size()) is_whole_ = false;
        if (!is_whole_) return {};
        const std::string_view taken = left_.substr(0, size);
        left_.remove_prefix(size);
        return taken;
    }
    std::string_view left_;
    bool is_whole_ = true;
};

}  // namespace dumbwaiter
