// SPDX-License-Identifier: BSD-3-Clause
//
// Prints where every field of the ABI's structs stands, its size and type, and the value of every constant. The output
// is compared with the ledger layout_v1.txt (64-bit), which may only grow: lines at the end of a struct, new constants.
#include <dumbwaiter/serializer.h>
#include <stdio.h>

// The type is checked while compiling: a line that is printed is true.
#define FIELD(structure, field, ...)                                                                  \
    do {                                                                                              \
        _Static_assert(__builtin_types_compatible_p(__typeof__(((structure*)0)->field), __VA_ARGS__), \
                       #structure "." #field " has another type");                                    \
        printf("%s.%s at %zu, %zu bytes: %s\n", #structure, #field, offsetof(structure, field),       \
               sizeof(((structure*)0)->field), #__VA_ARGS__);                                         \
    } while (0)
#define TYPE(name, type)                                                                    \
    do {                                                                                    \
        _Static_assert(__builtin_types_compatible_p(name, type), #name " is another type"); \
        printf("%s, %zu bytes: %s\n", #name, sizeof(name), #type);                          \
    } while (0)
#define CONSTANT(name) printf("%s = %ld\n", #name, (long)(name))

static void print_call(void)
{
    TYPE(dw_value, uint64_t);
    FIELD(dw_call, api, const dw_api*);
}

static void print_arguments(void)
{
    FIELD(dw_api, struct_size, uint32_t);
    FIELD(dw_api, minor, uint32_t);
    FIELD(dw_api, args, dw_value(*)(dw_call*));
    FIELD(dw_api, kwargs, dw_value(*)(dw_call*));
    FIELD(dw_api, type, uint32_t(*)(dw_call*, dw_value));
    FIELD(dw_api, count, uint64_t(*)(dw_call*, dw_value));
    FIELD(dw_api, at, int32_t(*)(dw_call*, dw_value, uint64_t, dw_value*));
    FIELD(dw_api, get, int32_t(*)(dw_call*, dw_value, const char*, dw_value*));
    FIELD(dw_api, entry, int32_t(*)(dw_call*, dw_value, uint64_t, const char**, uint64_t*, dw_value*));
    FIELD(dw_api, as_bool, int32_t(*)(dw_call*, dw_value, int32_t*));
    FIELD(dw_api, as_i64, int32_t(*)(dw_call*, dw_value, int64_t*));
    FIELD(dw_api, as_u64, int32_t(*)(dw_call*, dw_value, uint64_t*));
    FIELD(dw_api, as_f64, int32_t(*)(dw_call*, dw_value, double*));
    FIELD(dw_api, as_time, int32_t(*)(dw_call*, dw_value, int64_t*));
    FIELD(dw_api, as_str, int32_t(*)(dw_call*, dw_value, const char**, uint64_t*));
    FIELD(dw_api, as_bytes, int32_t(*)(dw_call*, dw_value, const void**, uint64_t*));
}

static void print_result(void)
{
    FIELD(dw_api, put_null, int32_t(*)(dw_call*));
    FIELD(dw_api, put_bool, int32_t(*)(dw_call*, int32_t));
    FIELD(dw_api, put_i64, int32_t(*)(dw_call*, int64_t));
    FIELD(dw_api, put_u64, int32_t(*)(dw_call*, uint64_t));
    FIELD(dw_api, put_f64, int32_t(*)(dw_call*, double));
    FIELD(dw_api, put_time, int32_t(*)(dw_call*, int64_t));
    FIELD(dw_api, put_str, int32_t(*)(dw_call*, const char*, uint64_t));
    FIELD(dw_api, put_bytes, int32_t(*)(dw_call*, const void*, uint64_t));
    FIELD(dw_api, open_array, int32_t(*)(dw_call*));
    FIELD(dw_api, open_map, int32_t(*)(dw_call*));
    FIELD(dw_api, key, int32_t(*)(dw_call*, const char*, uint64_t));
    FIELD(dw_api, close, int32_t(*)(dw_call*));
    FIELD(dw_api, put_value, int32_t(*)(dw_call*, dw_value));
    FIELD(dw_api, put_raw, int32_t(*)(dw_call*, const char*, const void*, uint64_t));
    FIELD(dw_api, fail, int32_t(*)(dw_call*, const char*));
}

static void print_context(void)
{
    FIELD(dw_api, name, const char* (*)(dw_call*));
    FIELD(dw_api, sequence, uint64_t(*)(dw_call*));
    FIELD(dw_api, deadline_ns, uint64_t(*)(dw_call*));
    FIELD(dw_api, cancelled, int32_t(*)(dw_call*));
    FIELD(dw_api, cancel_fd, int32_t(*)(dw_call*));
    FIELD(dw_api, sleep_ns, int32_t(*)(dw_call*, uint64_t));
    FIELD(dw_api, log, void (*)(dw_call*, uint32_t, const char*));
    FIELD(dw_api, state, void* (*)(dw_call*));
    FIELD(dw_api, read, int32_t(*)(dw_call*, const char*, dw_value*));
    FIELD(dw_api, extension, const void* (*)(dw_call*, const char*));
}

static void print_function(void)
{
    FIELD(dw_function_info, struct_size, uint32_t);
    FIELD(dw_function_info, flags, uint32_t);
    FIELD(dw_function_info, built_minor, uint32_t);
    FIELD(dw_function_info, required_minor, uint32_t);
    FIELD(dw_function_info, summary, const char*);
    FIELD(dw_function_info, args_schema, const char*);
    FIELD(dw_function_info, result_schema, const char*);
    FIELD(dw_function_info, suggested_frequency_ns, int64_t);
    FIELD(dw_function_info, run, int32_t(*)(dw_call*));
    FIELD(dw_function_info, create, int32_t(*)(dw_call*, void**));
    FIELD(dw_function_info, destroy, void (*)(void*));
}

static void print_serializer(void)
{
    FIELD(dw_serializer_info, struct_size, uint32_t);
    FIELD(dw_serializer_info, flags, uint32_t);
    FIELD(dw_serializer_info, built_minor, uint32_t);
    FIELD(dw_serializer_info, required_minor, uint32_t);
    FIELD(dw_serializer_info, summary, const char*);
    FIELD(dw_serializer_info, media_type, const char*);
    FIELD(dw_serializer_info, serialize, int32_t(*)(dw_call*, dw_value));
    FIELD(dw_serializer_info, deserialize, int32_t(*)(dw_call*, const void*, uint64_t));
}

static void print_serializer_extension(void)
{
    FIELD(dw_serializer_extension, struct_size, uint32_t);
    FIELD(dw_serializer_extension, reserved, uint32_t);
    FIELD(dw_serializer_extension, encode, int32_t(*)(dw_call*, dw_value, const char*, const void**, uint64_t*));
    FIELD(dw_serializer_extension, decode, int32_t(*)(dw_call*, const char*, const void*, uint64_t, dw_value*));
}

static void print_constants(void)
{
    CONSTANT(DW_ABI_MAJOR);
    CONSTANT(DW_TYPE_NULL);
    CONSTANT(DW_TYPE_BOOL);
    CONSTANT(DW_TYPE_I64);
    CONSTANT(DW_TYPE_U64);
    CONSTANT(DW_TYPE_F64);
    CONSTANT(DW_TYPE_STR);
    CONSTANT(DW_TYPE_BYTES);
    CONSTANT(DW_TYPE_TIME);
    CONSTANT(DW_TYPE_ARRAY);
    CONSTANT(DW_TYPE_MAP);
    CONSTANT(DW_SERIAL);
    CONSTANT(DW_SERIAL_LIBRARY);
    CONSTANT(DW_PROCESS_ONLY);
    CONSTANT(DW_LOG_DEBUG);
    CONSTANT(DW_LOG_INFO);
    CONSTANT(DW_LOG_WARNING);
    CONSTANT(DW_LOG_ERROR);
    CONSTANT(DW_OK);
    CONSTANT(DW_UNCHANGED);
    CONSTANT(DW_ERROR);
    CONSTANT(DW_RETRY);
    CONSTANT(DW_CANCELLED);
    CONSTANT(DW_DISABLE);
    CONSTANT(DW_NOT_FOUND);
    CONSTANT(DW_TYPE_MISMATCH);
    CONSTANT(DW_LIMIT);
    CONSTANT(DW_MISUSE);
    CONSTANT(DW_UNSUPPORTED);
    CONSTANT(DW_TIMEOUT);
    CONSTANT(DW_DENIED);
    CONSTANT(DW_DAMAGED);
    CONSTANT(DW_NO_STORE);
}

int main(void)
{
    print_call();
    print_arguments();
    print_result();
    print_context();
    print_function();
    print_serializer();
    print_serializer_extension();
    print_constants();
    return 0;
}
