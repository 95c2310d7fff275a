// SPDX-License-Identifier: BSD-3-Clause
//
// From a Document to registers and back. The only file that includes ffi.h.
#include "plain_function.hpp"

#include <ffi.h>
#include <fmt/format.h>

#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "utf8.hpp"

namespace dumbwaiter {

struct PlainFunction::Prepared {
    Signature signature;
    void (*code)();
    std::array<ffi_type*, kMostParameters> types;  // the cif points into it
    ffi_cif cif;
};

namespace {

union Slot {
    int32_t i32;
    int64_t i64;
    uint32_t u32;
    uint64_t u64;
    float f32;
    double f64;
    const void* pointer;
};

// libffi widens integers that are shorter than a register.
union Result {
    ffi_arg u;
    ffi_sarg i;
    int64_t i64;
    uint64_t u64;
    float f32;
    double f64;
    const void* pointer;
};

ffi_type* ffi_type_of(CType type)
{
    switch (type) {
        case CType::kI32: return &ffi_type_sint32;
        case CType::kI64: return &ffi_type_sint64;
        case CType::kU32: return &ffi_type_uint32;
        case CType::kU64: return &ffi_type_uint64;
        case CType::kF32: return &ffi_type_float;
        case CType::kF64: return &ffi_type_double;
        case CType::kStr:
        case CType::kPtr: return &ffi_type_pointer;
        case CType::kVoid: break;
    }
    return &ffi_type_void;
}

// `text` is the arena that the node's offset counts in.
Slot slot_of(CType type, const Node& node, char* text)
{
    const double number = node.type == Type::kF64 ? node.f64 : static_cast<double>(node.i64);
    Slot slot{.u64 = 0};
    switch (type) {
        case CType::kI32: slot.i32 = static_cast<int32_t>(node.i64); break;
        case CType::kI64: slot.i64 = node.i64; break;
        case CType::kU32: slot.u32 = static_cast<uint32_t>(node.u64); break;
        case CType::kU64: slot.u64 = node.u64; break;
        case CType::kF32: slot.f32 = static_cast<float>(number); break;
        case CType::kF64: slot.f64 = number; break;
        case CType::kStr: slot.pointer = text + node.offset; break;
        case CType::kPtr: slot.pointer = nullptr; break;
        case CType::kVoid: break;
    }
    return slot;
}

int32_t put_text(const char* text, dw_call& call)
{
    if (text == nullptr) return dw_put_null(&call);
    const std::string_view view(text);
    if (const size_t fault = utf8_fault(view); fault != view.npos) {
        return dw_fail(&call, fmt::format("returned text that is not UTF-8 (at byte {})", fault).c_str());
    }
    return dw_put_str(&call, view.data(), view.size());
}

int32_t put_result(CType type, const Result& result, dw_call& call)
{
    switch (type) {
        case CType::kI32: return dw_put_i64(&call, static_cast<int32_t>(result.i));
        case CType::kI64: return dw_put_i64(&call, result.i64);
        case CType::kU32: return dw_put_u64(&call, static_cast<uint32_t>(result.u));
        case CType::kU64: return dw_put_u64(&call, result.u64);
        case CType::kF32: return dw_put_f64(&call, result.f32);
        case CType::kF64: return dw_put_f64(&call, result.f64);
        case CType::kStr: return put_text(static_cast<const char*>(result.pointer), call);
        case CType::kPtr: return dw_put_u64(&call, reinterpret_cast<uintptr_t>(result.pointer));
        case CType::kVoid: break;
    }
    return dw_put_null(&call);
}

}  // namespace

PlainFunction::PlainFunction(std::unique_ptr<Prepared> prepared) : prepared_(std::move(prepared)) {}

PlainFunction::~PlainFunction() = default;

Expected<std::shared_ptr<const PlainFunction>> PlainFunction::make(Signature signature, void* code)
{
    auto prepared = std::make_unique<Prepared>();
    prepared->signature = std::move(signature);
    std::memcpy(&prepared->code, &code, sizeof code);
    const auto& parameters = prepared->signature.parameters;
    for (size_t i = 0; i < parameters.size(); ++i) prepared->types[i] = ffi_type_of(parameters[i]);
    const ffi_status status = ffi_prep_cif(&prepared->cif, FFI_DEFAULT_ABI, static_cast<unsigned>(parameters.size()),
                                           ffi_type_of(prepared->signature.result), prepared->types.data());
    if (status != FFI_OK) return failure(Code::kUnsupported, "libffi cannot call a function of this signature");
    return std::make_shared<const PlainFunction>(std::move(prepared));
}

int32_t PlainFunction::call(const Document& args, dw_call& call) const
{
    std::string text = args.text;  // the function may write into what it is given
    std::array<Slot, kMostParameters> slots;
    std::array<void*, kMostParameters> values;
    uint32_t node = 1;
    const auto& parameters = prepared_->signature.parameters;
    for (size_t i = 0; i < parameters.size(); ++i, node = args.nodes[node].end) {
        slots[i] = slot_of(parameters[i], args.nodes[node], text.data());
        values[i] = &slots[i];
    }
    Result result{.u64 = 0};
    ffi_call(&prepared_->cif, prepared_->code, &result, values.data());
    return put_result(prepared_->signature.result, result, call);
}

}  // namespace dumbwaiter
