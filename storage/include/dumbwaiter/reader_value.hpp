// SPDX-License-Identifier: BSD-3-Clause
//
// A value of a store as a C++17 tree. Included by reader.hpp.
#ifndef DUMBWAITER_READER_VALUE_HPP
#define DUMBWAITER_READER_VALUE_HPP

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <dumbwaiter/reader.h>

namespace dumbwaiter {
inline namespace reader_v1 {

// Whatever goes wrong in a read, or in taking a value as what it is not.
class ReadError : public std::runtime_error {
public:
    ReadError(int32_t code, const std::string& sentence) : std::runtime_error(sentence), code_(code) {}
    int32_t code() const noexcept { return code_; }  // DW_* of codes.h

private:
    int32_t code_;
};

// Not text: it has no encoding.
struct Bytes {
    std::string bytes;
    bool operator==(const Bytes& other) const { return bytes == other.bytes; }
};

// Nanoseconds since the Unix epoch.
struct Time {
    int64_t unix_ns = 0;
    bool operator==(const Time& other) const { return unix_ns == other.unix_ns; }
};

// null, bool, i64, u64 (above the i64 maximum only), f64, text, bytes, time, array or map. A plain value type: copying
// copies the tree. The as_* give the value or throw ReadError with DW_TYPE_MISMATCH; integers convert when in range,
// as_f64 takes integers up to 2^53, nothing else converts.
class Value {
public:
    using Array = std::vector<Value>;
    using Map = std::vector<std::pair<std::string, Value>>;  // in the order of the writer

    Value() = default;
    Value(std::nullptr_t) {}
    Value(bool truth) : data_(truth) {}
    Value(int64_t number) : data_(number) {}
    Value(uint64_t number) : data_(number) {}
    Value(int number) : data_(int64_t{number}) {}
    Value(double number) : data_(number) {}
    Value(std::string text) : data_(std::move(text)) {}
    Value(const char* text) : data_(std::string(text)) {}
    Value(Bytes bytes) : data_(std::move(bytes)) {}
    Value(Time time) : data_(time) {}
    Value(Array elements) : data_(std::move(elements)) {}
    Value(Map entries) : data_(std::move(entries)) {}

    // "null", "bool", "i64", ...
    const char* type() const
    {
        static constexpr const char* kNames[] = {"null", "bool",  "i64",  "u64",   "f64",
                                                 "str",  "bytes", "time", "array", "map"};
        return kNames[data_.index()];
    }
    bool is_null() const { return data_.index() == 0; }
    bool is_number() const { return holds<int64_t>() || holds<uint64_t>() || holds<double>(); }
    bool is_str() const { return holds<std::string>(); }
    bool is_array() const { return holds<Array>(); }
    bool is_map() const { return holds<Map>(); }
    template <typename T>
    bool holds() const
    {
        return std::holds_alternative<T>(data_);
    }

    bool as_bool() const { return take<bool>("bool"); }
    int64_t as_i64() const { return holds<uint64_t>() ? throw_mismatch("i64") : take<int64_t>("i64"); }
    uint64_t as_u64() const
    {
        if (holds<uint64_t>()) return take<uint64_t>("u64");
        if (!holds<int64_t>() || take<int64_t>("u64") < 0) throw_mismatch("u64");
        return static_cast<uint64_t>(take<int64_t>("u64"));
    }
    double as_f64() const
    {
        if (!holds<int64_t>()) return take<double>("f64");
        constexpr int64_t kExact = int64_t{1} << 53;
        int64_t number = take<int64_t>("f64");
        if (number > kExact || number < -kExact) throw_mismatch("f64");
        return static_cast<double>(number);
    }
    const std::string& as_str() const { return take<std::string>("str"); }
    const std::string& as_bytes() const { return take<Bytes>("bytes").bytes; }
    Time as_time() const { return take<Time>("time"); }
    const Array& as_array() const { return take<Array>("array"); }
    const Map& as_map() const { return take<Map>("map"); }

    // Elements of an array, entries of a map, else 0.
    size_t size() const { return is_array() ? as_array().size() : is_map() ? as_map().size() : 0; }

    // Throw ReadError (DW_NOT_FOUND) if it is not there; find gives nullptr instead.
    const Value& at(size_t index) const
    {
        if (index >= as_array().size()) throw ReadError(DW_NOT_FOUND, "no element " + std::to_string(index));
        return as_array()[index];
    }
    const Value& at(std::string_view key) const
    {
        const Value* found = find(key);
        if (found == nullptr) throw ReadError(DW_NOT_FOUND, "no key \"" + std::string(key) + "\"");
        return *found;
    }
    const Value& operator[](size_t index) const { return at(index); }
    const Value& operator[](int index) const { return at(static_cast<size_t>(index)); }
    const Value& operator[](std::string_view key) const { return at(key); }
    const Value& operator[](const char* key) const { return at(std::string_view(key)); }
    const Value* find(std::string_view key) const
    {
        for (const auto& entry : as_map()) {
            if (entry.first == key) return &entry.second;
        }
        return nullptr;
    }

    bool operator==(const Value& other) const { return data_ == other.data_; }
    bool operator!=(const Value& other) const { return !(*this == other); }

private:
    [[noreturn]] int64_t throw_mismatch(const char* wanted) const
    {
        throw ReadError(DW_TYPE_MISMATCH, std::string("the value is ") + type() + ", not " + wanted);
    }
    template <typename T>
    const T& take(const char* wanted) const
    {
        if (!holds<T>()) throw_mismatch(wanted);
        return *std::get_if<T>(&data_);
    }

    std::variant<std::nullptr_t, bool, int64_t, uint64_t, double, std::string, Bytes, Time, Array, Map> data_ = nullptr;
};

namespace reader_detail {

// Builds a tree out of a walk. What is thrown in a callback (no memory) passes through the library unharmed.
class TreeBuilder {
public:
    static dw_visitor visitor()
    {
        dw_visitor visitor{};
        visitor.struct_size = sizeof visitor;
        visitor.null = [](void* self) { return put(self, Value()); };
        visitor.boolean = [](void* self, int32_t truth) { return put(self, Value(truth != 0)); };
        visitor.i64 = [](void* self, int64_t number) { return put(self, Value(number)); };
        visitor.u64 = [](void* self, uint64_t number) { return put(self, Value(number)); };
        visitor.f64 = [](void* self, double number) { return put(self, Value(number)); };
        visitor.time = [](void* self, int64_t unix_ns) { return put(self, Value(Time{unix_ns})); };
        visitor.str = [](void* self, const char* text, uint64_t length) {
            return put(self, Value(std::string(text, length)));
        };
        visitor.bytes = [](void* self, const void* bytes, uint64_t length) {
            return put(self, Value(Bytes{std::string(static_cast<const char*>(bytes), length)}));
        };
        visitor.open_array = [](void* self, uint64_t) { return of(self).open(false); };
        visitor.open_map = [](void* self, uint64_t) { return of(self).open(true); };
        visitor.key = [](void* self, const char* text, uint64_t length) {
            of(self).levels_.back().key.assign(text, length);
            return 0;
        };
        visitor.close = [](void* self) { return of(self).close(); };
        return visitor;
    }

    Value root;

private:
    struct Level {
        bool is_map = false;
        Value::Array elements;
        Value::Map entries;
        std::string key;
    };

    static TreeBuilder& of(void* self) { return *static_cast<TreeBuilder*>(self); }
    static int put(void* self, Value value) { return of(self).add(std::move(value)); }

    int add(Value value)
    {
        if (levels_.empty()) {
            root = std::move(value);
        } else if (levels_.back().is_map) {
            levels_.back().entries.emplace_back(std::move(levels_.back().key), std::move(value));
        } else {
            levels_.back().elements.push_back(std::move(value));
        }
        return 0;
    }
    int open(bool is_map)
    {
        levels_.emplace_back();
        levels_.back().is_map = is_map;
        return 0;
    }
    int close()
    {
        Level level = std::move(levels_.back());
        levels_.pop_back();
        return add(level.is_map ? Value(std::move(level.entries)) : Value(std::move(level.elements)));
    }

    std::vector<Level> levels_;
};

}  // namespace reader_detail
}  // namespace reader_v1
}  // namespace dumbwaiter

#endif  // DUMBWAITER_READER_VALUE_HPP
