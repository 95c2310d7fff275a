// SPDX-License-Identifier: BSD-3-Clause
//
// The rules of RFC 8949 that a streaming decoder leaves to its user: what may follow what, and what it means.
#include "cbor_tape.hpp"

#include <fmt/format.h>

#include <cmath>

#include "rfc3339.hpp"
#include "utf8.hpp"

namespace dumbwaiter {
namespace {

constexpr uint64_t kTextTimeTag = 0;
constexpr uint64_t kSecondsTag = 1;

std::optional<int64_t> unix_ns_of_float(double seconds)
{
    // 2^34 s is past what 64 bits of nanoseconds hold; NaN fails the comparison too.
    if (!(std::fabs(seconds) < 0x1p34)) return std::nullopt;
    double whole = std::floor(seconds);
    double nanoseconds = std::round((seconds - whole) * 1e9);
    if (nanoseconds >= 1e9) {
        whole += 1;
        nanoseconds = 0;
    }
    return unix_ns_of(static_cast<int64_t>(whole), static_cast<uint32_t>(nanoseconds));
}

}  // namespace

void CborTape::null()
{
    if (!begin(Type::kNull)) return;
    document_.append(Type::kNull);
    end_item();
}

void CborTape::boolean(bool truth)
{
    if (!begin(Type::kBool)) return;
    document_.append_i64(Type::kBool, truth ? 1 : 0);
    end_item();
}

void CborTape::unsigned_integer(uint64_t number)
{
    if (!begin(Type::kU64, Time::kSeconds)) return;
    if (time_ == Time::kSeconds) {
        return append_time(number > INT64_MAX ? std::nullopt : unix_ns_of(static_cast<int64_t>(number), 0));
    }
    document_.append_unsigned(number);
    end_item();
}

void CborTape::negative_integer(uint64_t number)
{
    if (!begin(Type::kI64, Time::kSeconds)) return;
    if (number > INT64_MAX) return stop("an integer below the smallest of 64 bits");
    const auto value = static_cast<int64_t>(~number);
    if (time_ == Time::kSeconds) return append_time(unix_ns_of(value, 0));
    document_.append_i64(Type::kI64, value);
    end_item();
}

void CborTape::floating(double number)
{
    if (!begin(Type::kF64, Time::kSeconds)) return;
    if (time_ == Time::kSeconds) return append_time(unix_ns_of_float(number));
    document_.append_f64(number);
    end_item();
}

void CborTape::text(Type type, std::string_view bytes)
{
    if (failed()) return;
    if (chunked_ == Type::kNull) return whole_text(type, bytes);
    if (type != chunked_ || tagged_) return stop("a text in pieces has a piece of another kind");
    chunks_ += bytes;
}

void CborTape::open_text(Type type)
{
    if (!begin(type, Time::kText)) return;
    chunked_ = type;
    chunks_.clear();
}

void CborTape::whole_text(Type type, std::string_view bytes)
{
    if (!begin(type, type == Type::kStr ? Time::kText : Time::kNone)) return;
    if (time_ == Time::kText) return append_time(parse_rfc3339(bytes));
    if (type == Type::kStr && !is_utf8(bytes)) return stop("a text that is not UTF-8");
    document_.append_text(type, bytes);
    end_item();
}

void CborTape::append_time(std::optional<int64_t> unix_ns)
{
    if (!unix_ns) return stop("a time that is none, or out of range");
    time_ = Time::kNone;
    document_.append_i64(Type::kTime, *unix_ns);
    end_item();
}

void CborTape::open(Type type, uint64_t size)
{
    if (size >= kMaxNodes) return stop("a container with more elements than can be");
    open_level(type, size);
}

void CborTape::open_level(Type type, uint64_t wanted)
{
    if (!begin(type)) return;
    if (levels_.size() >= kMaxDepth) return stop(fmt::format("it nests deeper than {} levels", kMaxDepth));
    const bool is_map = type == Type::kMap;
    levels_.push_back({document_.open(type), is_map, is_map, 0, wanted});
    if (wanted != 0) return;
    close_innermost();
    end_item();
}

void CborTape::end_unbounded()
{
    if (failed()) return;
    if (tagged_) return stop("a tag without an item");
    if (chunked_ != Type::kNull) {
        const Type type = chunked_;
        chunked_ = Type::kNull;
        return whole_text(type, chunks_);
    }
    if (levels_.empty() || levels_.back().wanted != kUnbounded)
        return stop("a break where nothing of open length is open");
    if (levels_.back().is_map && !levels_.back().wants_key) return stop("a key without a value");
    close_innermost();
    end_item();
}

void CborTape::tag(uint64_t number)
{
    if (failed()) return;
    if (chunked_ != Type::kNull) return stop("a tag inside a text in pieces");
    tagged_ = true;
    if (number != kTextTimeTag && number != kSecondsTag) return;
    if (time_ != Time::kNone) return stop("a time within a time");
    time_ = number == kTextTimeTag ? Time::kText : Time::kSeconds;
}

bool CborTape::begin(Type type, Time allowed)
{
    if (failed()) return false;
    const bool is_key = !levels_.empty() && levels_.back().wants_key;
    if (chunked_ != Type::kNull) {
        stop("a text in pieces has a piece of another kind");
    } else if (is_key && (type != Type::kStr || time_ != Time::kNone)) {
        stop("a map with a key that is not text");
    } else if (time_ != Time::kNone && time_ != allowed) {
        stop("a tag for times before something else");
    }
    tagged_ = false;
    return !failed();
}

// The item that just ended may have been the last of its container, and that one of its own.
void CborTape::end_item()
{
    while (!levels_.empty()) {
        Level& level = levels_.back();
        if (level.wants_key) {
            level.wants_key = false;
            return;
        }
        level.wants_key = level.is_map;
        if (++level.size != level.wanted) return;
        close_innermost();
    }
    done_ = true;
}

void CborTape::close_innermost()
{
    document_.close(levels_.back().node, levels_.back().size);
    levels_.pop_back();
}

void CborTape::stop(std::string why)
{
    if (fault_.empty()) fault_ = std::move(why);
}

}  // namespace dumbwaiter
