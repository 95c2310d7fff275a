// SPDX-License-Identifier: BSD-3-Clause
//
// Every put asks before_value() whether it may, appends to the tape, and ends in after_value().
#include "builder.hpp"

#include <dumbwaiter/codes.h>
#include <fmt/format.h>

#include <array>

#include "describe.hpp"
#include "utf8.hpp"

namespace dumbwaiter {
namespace {

constexpr uint64_t kMaxText = UINT32_MAX;

}  // namespace

void Builder::begin(uint64_t limit)
{
    document_.clear();
    levels_.clear();
    raw_.clear();
    media_type_.clear();
    fault_.clear();
    limit_ = limit;
    used_ = 0;
    code_ = DW_OK;
    is_raw_ = has_value_ = joins_ = false;
}

void Builder::begin_bytes(uint64_t limit)
{
    begin(limit);
    is_raw_ = joins_ = true;
}

void Builder::begin_nothing()
{
    begin(0);
    refuse(DW_MISUSE, "create has no result: leave what it made in *state, and put values in run");
}

int32_t Builder::put_null()
{
    if (const int32_t code = before_value(1)) return code;
    document_.append(Type::kNull);
    return after_value();
}

int32_t Builder::put_bool(bool truth)
{
    if (const int32_t code = before_value(1)) return code;
    document_.append_i64(Type::kBool, truth ? 1 : 0);
    return after_value();
}

int32_t Builder::put_i64(int64_t number)
{
    if (const int32_t code = before_value(1)) return code;
    document_.append_i64(Type::kI64, number);
    return after_value();
}

int32_t Builder::put_u64(uint64_t number)
{
    if (const int32_t code = before_value(1)) return code;
    document_.append_unsigned(number);
    return after_value();
}

int32_t Builder::put_f64(double number)
{
    if (const int32_t code = before_value(1)) return code;
    document_.append_f64(number);
    return after_value();
}

int32_t Builder::put_time(int64_t unix_ns)
{
    if (const int32_t code = before_value(1)) return code;
    document_.append_i64(Type::kTime, unix_ns);
    return after_value();
}

int32_t Builder::put_str(std::string_view utf8)
{
    return put_text(Type::kStr, utf8);
}

int32_t Builder::put_bytes(std::string_view bytes)
{
    return put_text(Type::kBytes, bytes);
}

int32_t Builder::put_text(Type type, std::string_view bytes)
{
    if (joins_ && type == Type::kBytes) return join(bytes);
    if (bytes.size() > kMaxText) return refuse(DW_LIMIT, fmt::format("{} longer than 4 GiB", with_article(type)));
    // At the top a raw payload is the text alone; below, every serializer adds at least a byte.
    if (const int32_t code = before_value(bytes.size() + (levels_.empty() ? 0 : 1))) return code;
    if (type == Type::kStr) {
        const size_t at = utf8_fault(bytes);
        if (at != std::string_view::npos) return refuse_text("str", bytes, at);
    }
    document_.append_text(type, bytes);
    return after_value();
}

int32_t Builder::join(std::string_view bytes)
{
    if (code_ != DW_OK) return code_;
    if (const int32_t code = reserve(bytes.size())) return code;
    raw_ += bytes;
    has_value_ = true;
    return DW_OK;
}

int32_t Builder::key(std::string_view utf8)
{
    if (code_ != DW_OK) return code_;
    if (levels_.empty()) return refuse(DW_MISUSE, fmt::format("key {} outside a map", quote_short(utf8)));
    Level& level = levels_.back();
    if (!level.is_map) return refuse(DW_MISUSE, fmt::format("key {} in an array", quote_short(utf8)));
    if (level.key != kNoKey) {
        const std::string_view waiting = document_.text_of(document_.nodes[level.key]);
        return refuse(DW_MISUSE,
                      fmt::format("key {} has no value: key {} came instead", quote_short(waiting), quote_short(utf8)));
    }
    if (utf8.size() > kMaxText) return refuse(DW_LIMIT, "a key is longer than 4 GiB");
    if (const int32_t code = reserve(utf8.size() + 1)) return code;
    const size_t at = utf8_fault(utf8);
    if (at != std::string_view::npos) return refuse_text("key", utf8, at);
    level.key = static_cast<uint32_t>(document_.nodes.size());
    document_.append_text(Type::kStr, utf8);
    if (!key_sets_[levels_.size() - 1].insert(document_, level.key)) {
        return refuse(DW_MISUSE, fmt::format("duplicate key {}", quote_short(utf8)));
    }
    return DW_OK;
}

int32_t Builder::open(Type type)
{
    if (const int32_t code = before_value(1)) return code;
    if (levels_.size() >= kMaxDepth) {
        return refuse(DW_LIMIT, fmt::format("arrays and maps nest deeper than {} levels", kMaxDepth));
    }
    levels_.push_back({document_.open(type), kNoKey, 0, type == Type::kMap});
    if (key_sets_.size() < levels_.size()) key_sets_.resize(levels_.size());
    key_sets_[levels_.size() - 1].clear();
    return DW_OK;
}

int32_t Builder::close()
{
    if (code_ != DW_OK) return code_;
    if (levels_.empty()) return refuse(DW_MISUSE, "close without an open array or map");
    const Level level = levels_.back();
    if (level.key != kNoKey) {
        const std::string_view waiting = document_.text_of(document_.nodes[level.key]);
        return refuse(DW_MISUSE, fmt::format("key {} has no value: its map was closed", quote_short(waiting)));
    }
    document_.close(level.node, level.size);
    levels_.pop_back();
    return after_value();
}

// Size, depth and text of a subtree, looked at before a node of it is copied.
int32_t Builder::measure(const Document& from, uint32_t node, uint64_t& bytes)
{
    std::array<uint32_t, kMaxDepth> ends;  // of the containers that are open at a node
    size_t depth = 0;
    bytes = 0;
    for (uint32_t i = node; i < from.nodes[node].end; ++i) {
        const Node& it = from.nodes[i];
        while (depth > 0 && i >= ends[depth - 1]) --depth;
        bytes += is_text(it.type) ? it.size + 1 : 1;
        if (it.type == Type::kStr) {
            const size_t at = utf8_fault(from.text_of(it));
            if (at != std::string_view::npos) return refuse_text("str", from.text_of(it), at);
        }
        if (!is_container(it.type)) continue;
        if (levels_.size() + depth >= kMaxDepth) {
            return refuse(DW_LIMIT, fmt::format("arrays and maps nest deeper than {} levels", kMaxDepth));
        }
        ends[depth++] = it.end;
    }
    return DW_OK;
}

int32_t Builder::put_subtree(const Document& from, uint32_t node)
{
    if (code_ != DW_OK) return code_;
    const Node& root = from.nodes[node];
    if (is_text(root.type)) return put_text(root.type, from.text_of(root));
    uint64_t bytes;
    if (const int32_t code = measure(from, node, bytes)) return code;
    if (const int32_t code = before_value(bytes)) return code;
    if (root.end - node >= kMaxNodes - document_.nodes.size()) return refuse(DW_LIMIT, "the result has too many parts");
    document_.append_subtree(from, node);
    return after_value();
}

int32_t Builder::put_raw(std::string_view media_type, std::string_view bytes)
{
    if (code_ != DW_OK) return code_;
    if (!levels_.empty()) return refuse(DW_MISUSE, "raw bytes inside an open array or map: they are a whole result");
    if (const int32_t code = before_value(bytes.size())) return code;
    if (media_type.size() > kMaxMediaType) {
        return refuse(DW_LIMIT, fmt::format("the media type is longer than {} bytes", kMaxMediaType));
    }
    const size_t at = utf8_fault(media_type);
    if (at != std::string_view::npos) return refuse_text("media type", media_type, at);
    if (bytes.size() > kMaxText) return refuse(DW_LIMIT, "raw bytes are longer than 4 GiB");
    raw_ = bytes;
    media_type_ = media_type;
    is_raw_ = true;
    return after_value();
}

int32_t Builder::refuse(int32_t code, std::string text)
{
    if (code_ != DW_OK) return code_;
    fault_ = std::move(text);
    return code_ = code;
}

int32_t Builder::refuse_text(std::string_view what, std::string_view bytes, size_t fault_at)
{
    return refuse(DW_MISUSE, fmt::format("a {} is not UTF-8: {} at byte {}", what, quote_short(bytes), fault_at));
}

int32_t Builder::finish()
{
    if (code_ != DW_OK) return code_;
    if (levels_.size() == 1)
        return refuse(DW_MISUSE, levels_[0].is_map ? "a map is not closed" : "an array is not closed");
    if (!levels_.empty()) return refuse(DW_MISUSE, fmt::format("{} arrays or maps are not closed", levels_.size()));
    if (joins_ && !has_value_) return refuse(DW_MISUSE, "no bytes were put: a serializer leaves them by dw_put_bytes");
    return has_value_ ? DW_OK : put_null();
}

int32_t Builder::reserve(uint64_t bytes)
{
    if (limit_ != 0 && bytes > limit_ - used_) {
        return refuse(DW_LIMIT, fmt::format("the result is larger than {} bytes", limit_));
    }
    if (document_.nodes.size() >= kMaxNodes) return refuse(DW_LIMIT, "the result has too many parts");
    used_ += bytes;
    return DW_OK;
}

int32_t Builder::before_value(uint64_t bytes)
{
    if (code_ != DW_OK) return code_;
    if (joins_) return refuse(DW_MISUSE, "a serializer leaves bytes by dw_put_bytes, and nothing else");
    if (levels_.empty()) {
        if (has_value_)
            return refuse(DW_MISUSE, "a second value: a result is one value, or several in an array or map");
    } else if (levels_.back().is_map && levels_.back().key == kNoKey) {
        return refuse(DW_MISUSE, "a value in a map without a key");
    }
    return reserve(bytes);
}

int32_t Builder::after_value()
{
    if (levels_.empty()) {
        has_value_ = true;
    } else {
        ++levels_.back().size;
        levels_.back().key = kNoKey;
    }
    return DW_OK;
}

}  // namespace dumbwaiter
