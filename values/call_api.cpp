// SPDX-License-Identifier: BSD-3-Clause
//
// The api table: what a plugin calls, handed to Call. No exception leaves a slot.
#include <fmt/format.h>

#include <exception>

#include "call.hpp"

namespace dumbwaiter {
namespace {

Call& self(dw_call* call)
{
    return static_cast<Call&>(*call);
}

// Memory is the one thing that can fail here by an exception; a result under way is lost with it.
template <typename Work>
int32_t guarded(dw_call* call, Work work) noexcept
{
    try {
        return work(self(call));
    } catch (const std::exception&) {
        return self(call).noted(self(call).result().refuse(DW_LIMIT, "out of memory"));
    }
}

template <typename Put>
int32_t put(dw_call* call, Put work) noexcept
{
    return guarded(call, [&](Call& it) { return it.noted(work(it.result())); });
}

// As put(), of a text that `work` gets as a view.
template <typename Put>
int32_t put_text(dw_call* call, const void* bytes, uint64_t length, Put work) noexcept
{
    return put(call, [&](Builder& result) {
        if (length > UINT32_MAX) {
            return result.refuse(DW_LIMIT, fmt::format("{} bytes at once are more than 4 GiB", length));
        }
        if (bytes == nullptr && length > 0) {
            return result.refuse(DW_MISUSE, fmt::format("a null pointer was given for {} bytes", length));
        }
        return work(result,
                    bytes == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(bytes), length));
    });
}

dw_value api_args(dw_call*)
{
    return Call::kArgs;
}
dw_value api_kwargs(dw_call*)
{
    return Call::kKwargs;
}

uint32_t api_type(dw_call* call, dw_value value)
{
    Type type = Type::kNull;
    guarded(call, [&](Call& it) {
        type = it.type(value);
        return DW_OK;
    });
    return static_cast<uint32_t>(type);
}

uint64_t api_count(dw_call* call, dw_value value)
{
    uint64_t count = 0;
    guarded(call, [&](Call& it) {
        count = it.count(value);
        return DW_OK;
    });
    return count;
}

int32_t api_at(dw_call* call, dw_value array, uint64_t index, dw_value* out)
{
    return guarded(call, [&](Call& it) { return it.at(array, index, out); });
}

int32_t api_get(dw_call* call, dw_value map, const char* key, dw_value* out)
{
    return guarded(call, [&](Call& it) { return it.get(map, key, out); });
}

int32_t api_entry(dw_call* call, dw_value map, uint64_t index, const char** key, uint64_t* length, dw_value* out)
{
    return guarded(call, [&](Call& it) { return it.entry(map, index, key, length, out); });
}

int32_t api_as_bool(dw_call* call, dw_value value, int32_t* out)
{
    return guarded(call, [&](Call& it) { return it.as_bool(value, out); });
}

int32_t api_as_i64(dw_call* call, dw_value value, int64_t* out)
{
    return guarded(call, [&](Call& it) { return it.as_i64(value, out); });
}

int32_t api_as_u64(dw_call* call, dw_value value, uint64_t* out)
{
    return guarded(call, [&](Call& it) { return it.as_u64(value, out); });
}

int32_t api_as_f64(dw_call* call, dw_value value, double* out)
{
    return guarded(call, [&](Call& it) { return it.as_f64(value, out); });
}

int32_t api_as_time(dw_call* call, dw_value value, int64_t* unix_ns)
{
    return guarded(call, [&](Call& it) { return it.as_time(value, unix_ns); });
}

int32_t api_as_str(dw_call* call, dw_value value, const char** text, uint64_t* length)
{
    return guarded(call, [&](Call& it) { return it.as_text(Type::kStr, value, text, length); });
}

int32_t api_as_bytes(dw_call* call, dw_value value, const void** bytes, uint64_t* length)
{
    return guarded(call, [&](Call& it) {
        const char* held = nullptr;
        const int32_t code = it.as_text(Type::kBytes, value, &held, length);
        if (code == DW_OK) *bytes = held;
        return code;
    });
}

int32_t api_put_null(dw_call* call)
{
    return put(call, [](Builder& result) { return result.put_null(); });
}

int32_t api_put_bool(dw_call* call, int32_t truth)
{
    return put(call, [&](Builder& result) { return result.put_bool(truth != 0); });
}

int32_t api_put_i64(dw_call* call, int64_t number)
{
    return put(call, [&](Builder& result) { return result.put_i64(number); });
}

int32_t api_put_u64(dw_call* call, uint64_t number)
{
    return put(call, [&](Builder& result) { return result.put_u64(number); });
}

int32_t api_put_f64(dw_call* call, double number)
{
    return put(call, [&](Builder& result) { return result.put_f64(number); });
}

int32_t api_put_time(dw_call* call, int64_t unix_ns)
{
    return put(call, [&](Builder& result) { return result.put_time(unix_ns); });
}

int32_t api_put_str(dw_call* call, const char* text, uint64_t length)
{
    return put_text(call, text, length, [](Builder& result, std::string_view utf8) { return result.put_str(utf8); });
}

int32_t api_put_bytes(dw_call* call, const void* bytes, uint64_t length)
{
    return put_text(call, bytes, length, [](Builder& result, std::string_view view) { return result.put_bytes(view); });
}

int32_t api_open_array(dw_call* call)
{
    return put(call, [](Builder& result) { return result.open_array(); });
}

int32_t api_open_map(dw_call* call)
{
    return put(call, [](Builder& result) { return result.open_map(); });
}

int32_t api_key(dw_call* call, const char* text, uint64_t length)
{
    return put_text(call, text, length, [](Builder& result, std::string_view utf8) { return result.key(utf8); });
}

int32_t api_close(dw_call* call)
{
    return put(call, [](Builder& result) { return result.close(); });
}

int32_t api_put_value(dw_call* call, dw_value value)
{
    return guarded(call, [&](Call& it) { return it.put_value(value); });
}

int32_t api_put_raw(dw_call* call, const char* media_type, const void* bytes, uint64_t length)
{
    return put_text(call, bytes, length, [&](Builder& result, std::string_view view) {
        return result.put_raw(media_type == nullptr ? "" : media_type, view);
    });
}

int32_t api_fail(dw_call* call, const char* utf8)
{
    guarded(call, [&](Call& it) { return it.fail(utf8); });
    return DW_ERROR;
}

const char* api_name(dw_call* call)
{
    return self(call).context().name;
}
uint64_t api_sequence(dw_call* call)
{
    return self(call).context().sequence;
}
uint64_t api_deadline_ns(dw_call* call)
{
    return self(call).context().deadline_ns;
}
int32_t api_cancelled(dw_call* call)
{
    return self(call).cancelled() ? 1 : 0;
}

// [any-thread], so without guarded(), which would write down a fault.
int32_t api_cancel_fd(dw_call* call) noexcept
{
    return self(call).cancel_fd();
}

int32_t api_sleep_ns(dw_call* call, uint64_t duration)
{
    return guarded(call, [&](Call& it) { return it.sleep(duration); });
}

// [any-thread], so a line that memory does not suffice for is dropped and nothing else.
void api_log(dw_call* call, uint32_t level, const char* utf8) noexcept
{
    try {
        self(call).log(level, utf8);
    } catch (const std::exception&) {
        return;
    }
}

void* api_state(dw_call* call)
{
    return self(call).context().state;
}

int32_t api_read(dw_call* call, const char* name, dw_value* out)
{
    return guarded(call, [&](Call& it) { return it.read(name, out); });
}

const void* api_extension(dw_call*, const char* id)
{
    if (id != nullptr && std::string_view(id) == DW_SERIALIZER_EXTENSION) return &kCallSerializers;
    return nullptr;
}

int32_t api_encode(dw_call* call, dw_value value, const char* serializer, const void** bytes, uint64_t* length)
{
    return guarded(call, [&](Call& it) { return it.encode(value, serializer, bytes, length); });
}

int32_t api_decode(dw_call* call, const char* serializer, const void* bytes, uint64_t length, dw_value* out)
{
    return guarded(call, [&](Call& it) {
        if (bytes == nullptr && length > 0) return it.fault(DW_MISUSE, "a null pointer was given to be decoded");
        return it.decode(serializer,
                         length == 0 ? std::string_view() : std::string_view(static_cast<const char*>(bytes), length),
                         out);
    });
}

}  // namespace

const dw_api kCallApi = {
    sizeof(dw_api), DW_ABI_MINOR, api_args,      api_kwargs,     api_type,     api_count,       api_at,
    api_get,        api_entry,    api_as_bool,   api_as_i64,     api_as_u64,   api_as_f64,      api_as_time,
    api_as_str,     api_as_bytes, api_put_null,  api_put_bool,   api_put_i64,  api_put_u64,     api_put_f64,
    api_put_time,   api_put_str,  api_put_bytes, api_open_array, api_open_map, api_key,         api_close,
    api_put_value,  api_put_raw,  api_fail,      api_name,       api_sequence, api_deadline_ns, api_cancelled,
    api_cancel_fd,  api_sleep_ns, api_log,       api_state,      api_read,     api_extension,
};

const dw_serializer_extension kCallSerializers = {sizeof(dw_serializer_extension), 0, api_encode, api_decode};

}  // namespace dumbwaiter
