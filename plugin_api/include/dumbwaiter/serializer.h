/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The built-in serializers as a service to plugins: the extension "dumbwaiter.serializer/1". A serializer plugin that
 * compresses, encrypts or signs wraps one of them and need not know how values are written.
 */
#ifndef DUMBWAITER_SERIALIZER_H
#define DUMBWAITER_SERIALIZER_H

#include <dumbwaiter/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DW_SERIALIZER_EXTENSION "dumbwaiter.serializer/1"

/* What dw_extension gives for that id. It grows only at its end; use the helpers below, which check that it is there.
 */
typedef struct dw_serializer_extension {
    uint32_t struct_size;
    uint32_t reserved; /* zero */
    int32_t (*encode)(dw_call*, dw_value, const char* serializer, const void** bytes, uint64_t* length);
    int32_t (*decode)(dw_call*, const char* serializer, const void* bytes, uint64_t length, dw_value* out);
} dw_serializer_extension;

#ifdef __cplusplus
}
#endif

DW_INLINE DW_UNUSED const dw_serializer_extension* dw_serializer_services(dw_call* call)
{
    const dw_serializer_extension* services =
        (const dw_serializer_extension*)dw_extension(call, DW_SERIALIZER_EXTENSION);
    return services != NULL && services->struct_size >= sizeof(dw_serializer_extension) ? services : NULL;
}

/* The value in the bytes of the built-in serializer of that name ("json", "msgpack", "cbor", "raw"); they are the
 * host's, and valid until the call returns. DW_NOT_FOUND: no serializer of that name; DW_MISUSE, DW_LIMIT: it cannot
 * hold this value; DW_UNSUPPORTED: the host has no such service. [call-thread] */
DW_INLINE DW_UNUSED int32_t dw_encode(dw_call* call, dw_value value, const char* serializer, const void** bytes,
                                      uint64_t* length)
{
    const dw_serializer_extension* services = dw_serializer_services(call);
    return services == NULL ? DW_UNSUPPORTED : services->encode(call, value, serializer, bytes, length);
}

/* The other way round: a handle to the value that these bytes are, for dw_put_value and all that reads. DW_DAMAGED:
 * they are not what that serializer writes. The bytes are done with when it returns. [call-thread] */
DW_INLINE DW_UNUSED int32_t dw_decode(dw_call* call, const char* serializer, const void* bytes, uint64_t length,
                                      dw_value* out)
{
    const dw_serializer_extension* services = dw_serializer_services(call);
    return services == NULL ? DW_UNSUPPORTED : services->decode(call, serializer, bytes, length, out);
}

#endif /* DUMBWAITER_SERIALIZER_H */
