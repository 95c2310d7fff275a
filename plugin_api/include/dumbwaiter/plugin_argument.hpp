// SPDX-License-Identifier: BSD-3-Clause
//
// Typed views of what the host hands to a C++ plugin: arguments, and values of other functions. Included by plugin.hpp.
#pragma once

#include <dumbwaiter/plugin.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// Hidden, and in a namespace of its own, so that two libraries built with different versions of this header never meet.
#define DUMBWAITER_PLUGIN_BEGIN                                      \
    namespace dumbwaiter {                                           \
    inline namespace plugin_v1 __attribute__((visibility("hidden"))) \
    {
#define DUMBWAITER_PLUGIN_END \
    }                         \
    }

DUMBWAITER_PLUGIN_BEGIN

// Bytes that somebody else keeps: as string_view, for the BYTES type.
struct bytes_view {
    const void* data = nullptr;
    std::size_t size = 0;
};

namespace plugin_detail {

// Leaves the function with a code. Deliberately no std::exception: a `catch (const std::exception&)` of the plugin's
// own must not swallow it. Never seen by the host: run() turns it into its code. An empty text leaves the host's own.
struct Refused {
    std::int32_t code;
    std::string text;
};

// Codes of helpers. The host's own text already names the argument, what it is and what was wanted.
inline void require(std::int32_t code, const char* helper)
{
    if (code == DW_OK) return;
    if (code == DW_UNSUPPORTED) throw Refused{DW_ERROR, std::string("this host is too old: it lacks ") + helper};
    throw Refused{DW_ERROR, {}};
}

template <typename T>
inline constexpr bool is_integer = std::is_integral_v<T> && !std::is_same_v<T, bool> && sizeof(T) <= 8;

template <typename T>
struct Tag {};

// Walks what has item(index).
template <typename View>
class Walk {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = decltype(std::declval<View>().item(0));
    using difference_type = std::ptrdiff_t;
    using pointer = const value_type*;
    using reference = value_type;

    Walk(View view, std::size_t index) : view_(view), index_(index) {}
    value_type operator*() const { return view_.item(index_); }
    Walk& operator++() { return ++index_, *this; }
    bool operator==(const Walk& other) const { return index_ == other.index_; }
    bool operator!=(const Walk& other) const { return index_ != other.index_; }

private:
    View view_;
    std::size_t index_;
};

}  // namespace plugin_detail

// One node of the arguments or of a value that read() gave; a copy of two words, valid until the call returns. What
// does not convert, or is not there, ends the function with an error report that says so. [call-thread]
class Argument {
public:
    Argument(dw_call* call, dw_value value) : call_(call), value_(value) {}

    std::uint32_t type() const { return dw_type(call_, value_); }  // DW_TYPE_*
    bool is_null() const { return type() == DW_TYPE_NULL; }
    // Elements of an array, entries of a map, bytes of a string.
    std::size_t size() const { return static_cast<std::size_t>(dw_count(call_, value_)); }

    Argument operator[](std::size_t index) const
    {
        if (auto found = find(index)) return *found;
        throw plugin_detail::Refused{
            DW_ERROR, "there is no element " + std::to_string(index) + " in an array of " + std::to_string(size())};
    }
    Argument operator[](const char* key) const
    {
        if (auto found = find(key)) return *found;
        throw plugin_detail::Refused{DW_ERROR, std::string("there is no key ") + key + " in a map"};
    }
    Argument operator[](int index) const { return (*this)[static_cast<std::size_t>(index)]; }

    std::optional<Argument> find(std::size_t index) const
    {
        if (index >= size()) return std::nullopt;
        dw_value out = 0;
        plugin_detail::require(dw_at(call_, value_, index, &out), "dw_at");
        return Argument(call_, out);
    }
    std::optional<Argument> find(const char* key) const
    {
        dw_value out = 0;
        std::int32_t const code = dw_get(call_, value_, key, &out);
        if (code == DW_NOT_FOUND) return std::nullopt;
        plugin_detail::require(code, "dw_get");
        return Argument(call_, out);
    }

    // bool, integers (range-checked), floats, std::string, std::string_view, bytes_view,
    // std::chrono::system_clock::time_point, std::optional (null is nullopt), std::vector, std::map and
    // std::unordered_map with std::string keys. Your own types: void dumbwaiter_get(Argument, T&) beside the type.
    template <typename T>
    T get() const
    {
        return convert(plugin_detail::Tag<T>{});
    }

    // The elements of an array: for (auto element : argument.elements()).
    class Elements;
    Elements elements() const;

    // The entries of a map, in order: for (auto [key, value] : argument.entries()).
    class Entries;
    Entries entries() const;

    dw_value handle() const { return value_; }

private:
    template <typename T>
    using Tag = plugin_detail::Tag<T>;
    bool convert(Tag<bool>) const
    {
        std::int32_t out = 0;
        plugin_detail::require(dw_as_bool(call_, value_, &out), "dw_as_bool");
        return out != 0;
    }

    template <typename T, std::enable_if_t<plugin_detail::is_integer<T>, int> = 0>
    T convert(Tag<T>) const
    {
        std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t> wide = 0;
        if constexpr (std::is_signed_v<T>) {
            plugin_detail::require(dw_as_i64(call_, value_, &wide), "dw_as_i64");
        } else {
            plugin_detail::require(dw_as_u64(call_, value_, &wide), "dw_as_u64");
        }
        using Limits = std::numeric_limits<T>;
        if (wide >= Limits::min() && wide <= Limits::max()) return static_cast<T>(wide);
        throw plugin_detail::Refused{DW_ERROR, "an argument is " + std::to_string(wide) + ", wanted an integer from " +
                                                   std::to_string(Limits::min()) + " to " +
                                                   std::to_string(Limits::max())};
    }

    template <typename T, std::enable_if_t<std::is_floating_point_v<T>, int> = 0>
    T convert(Tag<T>) const
    {
        double out = 0;
        plugin_detail::require(dw_as_f64(call_, value_, &out), "dw_as_f64");
        return static_cast<T>(out);
    }

    std::string_view convert(Tag<std::string_view>) const
    {
        const char* text = "";
        std::uint64_t length = 0;
        plugin_detail::require(dw_as_str(call_, value_, &text, &length), "dw_as_str");
        return {text, static_cast<std::size_t>(length)};
    }
    std::string convert(Tag<std::string>) const { return std::string(get<std::string_view>()); }

    bytes_view convert(Tag<bytes_view>) const
    {
        const void* data = nullptr;
        std::uint64_t length = 0;
        plugin_detail::require(dw_as_bytes(call_, value_, &data, &length), "dw_as_bytes");
        return {data, static_cast<std::size_t>(length)};
    }

    template <typename Duration>
    std::chrono::time_point<std::chrono::system_clock, Duration> convert(
        Tag<std::chrono::time_point<std::chrono::system_clock, Duration>>) const
    {
        std::int64_t unix_ns = 0;
        plugin_detail::require(dw_as_time(call_, value_, &unix_ns), "dw_as_time");
        return std::chrono::time_point<std::chrono::system_clock, Duration>(
            std::chrono::floor<Duration>(std::chrono::nanoseconds(unix_ns)));
    }

    Argument convert(Tag<Argument>) const { return *this; }

    template <typename T>
    std::optional<T> convert(Tag<std::optional<T>>) const
    {
        if (is_null()) return std::nullopt;
        return get<T>();
    }

    template <typename T>
    std::vector<T> convert(Tag<std::vector<T>>) const;
    // std::map, std::unordered_map
    template <typename Map, std::enable_if_t<std::is_same_v<typename Map::key_type, std::string>, int> = 0>
    Map convert(Tag<Map>) const;

    template <typename T, typename = decltype(dumbwaiter_get(std::declval<Argument>(), std::declval<T&>()))>
    T convert(Tag<T>, ...) const
    {
        T out{};
        dumbwaiter_get(*this, out);
        return out;
    }

    dw_call* call_;
    dw_value value_;
};

class Argument::Elements {
public:
    explicit Elements(Argument array) : array_(array)
    {
        dw_value none = 0;  // asked for an element, what is no array is refused in the host's own words
        if (array.type() != DW_TYPE_ARRAY) plugin_detail::require(dw_at(array.call_, array.value_, 0, &none), "dw_at");
    }
    plugin_detail::Walk<Elements> begin() const { return {*this, 0}; }
    plugin_detail::Walk<Elements> end() const { return {*this, array_.size()}; }
    Argument item(std::size_t index) const
    {
        dw_value out = 0;
        plugin_detail::require(dw_at(array_.call_, array_.value_, index, &out), "dw_at");
        return {array_.call_, out};
    }

private:
    Argument array_;
};

class Argument::Entries {
public:
    explicit Entries(Argument map) : map_(map)
    {
        dw_value none = 0;
        if (map.type() != DW_TYPE_MAP) plugin_detail::require(dw_get(map.call_, map.value_, "", &none), "dw_get");
    }
    plugin_detail::Walk<Entries> begin() const { return {*this, 0}; }
    plugin_detail::Walk<Entries> end() const { return {*this, map_.size()}; }
    std::pair<std::string_view, Argument> item(std::size_t index) const
    {
        const char* key = "";
        std::uint64_t length = 0;
        dw_value out = 0;
        plugin_detail::require(dw_entry(map_.call_, map_.value_, index, &key, &length, &out), "dw_entry");
        return {std::string_view(key, static_cast<std::size_t>(length)), Argument(map_.call_, out)};
    }

private:
    Argument map_;
};

inline Argument::Elements Argument::elements() const
{
    return Elements(*this);
}

inline Argument::Entries Argument::entries() const
{
    return Entries(*this);
}

template <typename T>
std::vector<T> Argument::convert(Tag<std::vector<T>>) const
{
    std::vector<T> out;
    for (Argument element : elements()) out.push_back(element.get<T>());
    return out;
}

template <typename Map, std::enable_if_t<std::is_same_v<typename Map::key_type, std::string>, int>>
Map Argument::convert(Tag<Map>) const
{
    Map out;
    for (auto [key, value] : entries()) {
        out.emplace(std::string(key), value.template get<typename Map::mapped_type>());
    }
    return out;
}

DUMBWAITER_PLUGIN_END
