// SPDX-License-Identifier: BSD-3-Clause
//
// The C++17 dress of plugin.h: a function is a lambda that takes a Call and returns anything that converts to a value.
//
//     #include <dumbwaiter/plugin.hpp>
//     DUMBWAITER_FUNCTION(squares, "The first n squares", [](dumbwaiter::Call& call) {
//         std::vector<std::int64_t> out;
//         for (std::int64_t i = 1; i <= call.arg<std::int64_t>(0); ++i) out.push_back(i * i);
//         return out;
//     });
//
// A std::exception that leaves the lambda becomes an error report with its what(). Failed, Retry, Disable and Cancelled
// say more. An argument that is missing or of another type ends the function with a report that names it.
#pragma once

#include <dumbwaiter/plugin_argument.hpp>

#include <stdexcept>
#include <tuple>
#include <variant>

DUMBWAITER_PLUGIN_BEGIN

// Instead of a value: what `run` returns. `unchanged`: what was returned last is still true. `done`: the value was put
// with the streaming functions of Call. A lambda that sometimes has a value returns std::variant<Outcome, T>.
struct Outcome {
    std::int32_t code;
};
inline constexpr Outcome unchanged{DW_UNCHANGED};
inline constexpr Outcome done{DW_OK};

// Thrown with the text of the report. Failed: an error. Retry: worth at least one more try before the next due time.
// Disable: do not run this function again until someone says so. Cancelled: gave up because it was asked to.
class Failed : public std::runtime_error {
public:
    explicit Failed(const std::string& text, std::int32_t code = DW_ERROR) : std::runtime_error(text), code_(code) {}
    std::int32_t code() const { return code_; }

private:
    std::int32_t code_;
};
struct Retry : Failed {
    explicit Retry(const std::string& text) : Failed(text, DW_RETRY) {}
};
struct Disable : Failed {
    explicit Disable(const std::string& text) : Failed(text, DW_DISABLE) {}
};
struct Cancelled : Failed {
    explicit Cancelled(const std::string& text = "cancelled") : Failed(text, DW_CANCELLED) {}
};

namespace plugin_detail {

template <typename T, typename Call, typename = void>
inline constexpr bool has_hook = false;
template <typename T, typename Call>
inline constexpr bool
    has_hook<T, Call, std::void_t<decltype(dumbwaiter_put(std::declval<Call&>(), std::declval<const T&>()))>> = true;

template <typename T, template <typename...> class Template>
inline constexpr bool is_a = false;
template <typename... Parts, template <typename...> class Template>
inline constexpr bool is_a<Template<Parts...>, Template> = true;

template <typename T>
inline constexpr bool is_time = false;
template <typename Duration>
inline constexpr bool is_time<std::chrono::time_point<std::chrono::system_clock, Duration>> = true;

template <typename T>
inline constexpr bool is_text = std::is_convertible_v<const T&, std::string_view>;

template <typename T, typename = void>
struct Element {  // of what is no range
    using type = void;
};
template <typename T>
struct Element<T, std::void_t<decltype(std::begin(std::declval<const T&>()), std::end(std::declval<const T&>()))>> {
    using type = std::decay_t<decltype(*std::begin(std::declval<const T&>()))>;
};
template <typename T>
struct Element<std::vector<bool, T>> {  // whose elements are proxies
    using type = bool;
};
template <typename T>
using element_of = typename Element<T>::type;

template <typename T>
inline constexpr bool is_entry = false;  // of a map: a pair whose first is text
template <typename Key, typename T>
inline constexpr bool is_entry<std::pair<Key, T>> = is_text<std::remove_const_t<Key>>;

template <typename T>
inline constexpr bool never = false;

}  // namespace plugin_detail

// One invocation. [call-thread], but for cancelled(), cancel_fd() and log(), which are [any-thread].
class Call {
public:
    explicit Call(dw_call* call) : call_(call) {}
    dw_call* raw() const { return call_; }

    // ---- arguments: the index-th positional one, the keyword argument of that name; see Argument::get for types ----
    Argument args() const { return {call_, dw_args(call_)}; }
    Argument kwargs() const { return {call_, dw_kwargs(call_)}; }

    template <typename T>
    T arg(std::size_t index) const
    {
        return named<T>(args().find(index), [&] { return "args[" + std::to_string(index) + "]"; });
    }
    template <typename T>
    T arg(std::size_t index, T otherwise) const
    {
        return index < args().size() ? arg<T>(index) : otherwise;
    }
    template <typename T>
    T kwarg(const char* key) const
    {
        return named<T>(kwargs().find(key), [&] { return std::string("kwargs.") + key; });
    }
    template <typename T>
    T kwarg(const char* key, T otherwise) const
    {
        auto found = kwargs().find(key);
        return found ? named<T>(found, [&] { return std::string("kwargs.") + key; }) : otherwise;
    }

    // ---- result: for what is too long or too odd to be returned; all or nothing, one top-level value ----
    // What cannot be put ends the function, and the report says why.
    void open_array() { check(dw_open_array(call_)); }
    void open_map() { check(dw_open_map(call_)); }
    void key(std::string_view text) { check(dw_key(call_, text.data(), text.size())); }
    void close() { check(dw_close(call_)); }
    void put_raw(const char* media_type, bytes_view bytes)
    {
        check(dw_put_raw(call_, media_type, bytes.data, bytes.size));
    }
    template <typename T>
    void put(std::string_view name, const T& value)
    {
        key(name);
        put(value);
    }
    // Your own types: void dumbwaiter_put(dumbwaiter::Call&, const T&) beside the type.
    template <typename T>
    void put(const T& value);

    // ---- context ----
    std::string_view name() const { return dw_name(call_); }
    std::uint64_t sequence() const { return dw_sequence(call_); }
    bool cancelled() const { return dw_cancelled(call_) != 0; }
    int cancel_fd() const { return dw_cancel_fd(call_); }
    std::optional<std::chrono::steady_clock::time_point> deadline() const
    {
        std::uint64_t const at = dw_deadline_ns(call_);
        if (at == 0) return std::nullopt;
        return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(at));
    }
    // False if it ended early because the call was cancelled.
    template <typename Rep, typename Period>
    bool sleep_for(std::chrono::duration<Rep, Period> duration) const
    {
        auto const ns = std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count();
        std::int32_t const code = dw_sleep_ns(call_, ns > 0 ? static_cast<std::uint64_t>(ns) : 0);
        if (code != DW_CANCELLED) plugin_detail::require(code, "dw_sleep_ns");
        return code == DW_OK;
    }
    void log(std::uint32_t level, const std::string& text) const { dw_log(call_, level, text.c_str()); }  // DW_LOG_*
    // Newest value of another function, or the previous one of its own; nullopt if there is none yet.
    std::optional<Argument> read(const char* function) const
    {
        dw_value out = 0;
        std::int32_t const code = dw_read(call_, function, &out);
        if (code == DW_NOT_FOUND) return std::nullopt;
        plugin_detail::require(code, "dw_read");
        return Argument(call_, out);
    }

private:
    // A failed put is sticky: after DW_OK the host reports it by its kind and in its own words.
    static void check(std::int32_t code)
    {
        if (code == DW_UNSUPPORTED) plugin_detail::require(code, "dw_put");
        if (code != DW_OK) throw plugin_detail::Refused{DW_OK, {}};
    }

    template <typename T, typename Name>
    static T named(std::optional<Argument> argument, Name name)
    {
        if (!argument) throw plugin_detail::Refused{DW_ERROR, name() + " is missing"};
        try {
            return argument->get<T>();
        } catch (plugin_detail::Refused& refused) {
            if (!refused.text.empty()) refused.text.insert(0, name() + ": ");
            throw;
        }
    }

    template <typename Range>
    void put_range(const Range& range);

    dw_call* call_;
};

template <typename T>
void Call::put(const T& value)
{
    using namespace plugin_detail;
    if constexpr (has_hook<T, Call>) {
        dumbwaiter_put(*this, value);
    } else if constexpr (std::is_same_v<T, std::nullptr_t> || std::is_same_v<T, std::monostate> ||
                         std::is_same_v<T, std::nullopt_t>) {
        check(dw_put_null(call_));
    } else if constexpr (std::is_same_v<T, bool>) {
        check(dw_put_bool(call_, value ? 1 : 0));
    } else if constexpr (is_integer<T> && std::is_signed_v<T>) {
        check(dw_put_i64(call_, value));
    } else if constexpr (is_integer<T>) {
        check(dw_put_u64(call_, value));
    } else if constexpr (std::is_floating_point_v<T>) {
        check(dw_put_f64(call_, static_cast<double>(value)));
    } else if constexpr (std::is_same_v<T, bytes_view>) {
        check(dw_put_bytes(call_, value.data, value.size));
    } else if constexpr (std::is_same_v<T, Argument>) {
        check(dw_put_value(call_, value.handle()));
    } else if constexpr (is_time<T>) {
        auto const since = std::chrono::duration_cast<std::chrono::nanoseconds>(value.time_since_epoch());
        check(dw_put_time(call_, since.count()));
    } else if constexpr (std::is_pointer_v<T> && is_text<T>) {
        check(value ? dw_put_str(call_, value, std::char_traits<char>::length(value)) : dw_put_null(call_));
    } else if constexpr (is_text<T>) {
        std::string_view const text = value;
        check(dw_put_str(call_, text.data(), text.size()));
    } else if constexpr (std::is_convertible_v<const T&, std::string>) {  // std::filesystem::path, a range of itself
        put(static_cast<std::string>(value));
    } else if constexpr (is_a<T, std::optional>) {
        value ? put(*value) : put(nullptr);
    } else if constexpr (is_a<T, std::variant>) {
        std::visit([this](const auto& alternative) { this->put(alternative); }, value);
    } else if constexpr (!std::is_void_v<element_of<T>>) {
        put_range(value);
    } else if constexpr (is_a<T, std::tuple> || is_a<T, std::pair>) {
        open_array();
        std::apply([this](const auto&... parts) { (this->put(parts), ...); }, value);
        close();
    } else {
        static_assert(never<T>, "no value of dumbwaiter: write void dumbwaiter_put(dumbwaiter::Call&, const T&)");
    }
}

// Entries (of a std::map, or of a vector of pairs whose first is text) become a map, std::byte becomes bytes.
template <typename Range>
void Call::put_range(const Range& range)
{
    using Element = plugin_detail::element_of<Range>;
    if constexpr (std::is_same_v<Element, std::byte>) {
        put(bytes_view{std::data(range), std::size(range)});
    } else if constexpr (plugin_detail::is_entry<Element>) {
        open_map();
        for (const auto& [name, value] : range) put(std::string_view(name), value);
        close();
    } else {
        open_array();
        for (auto&& element : range) put(static_cast<const Element&>(element));
        close();
    }
}

DUMBWAITER_PLUGIN_END

#include <dumbwaiter/plugin_export.hpp>
