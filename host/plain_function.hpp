// SPDX-License-Identifier: BSD-3-Clause
//
// A plain C function, called by its signature. libffi stays in plain_function.cpp.
#pragma once

#include <dumbwaiter/plugin.h>

#include <memory>

#include "document.hpp"
#include "signature.hpp"
#include "status.hpp"

namespace dumbwaiter {

// Thread-safe after make(): each call has memory of its own for its arguments. Does not keep the code's library alive.
class PlainFunction {
public:
    // `code` is a function of that C type. Does not call it.
    static Expected<std::shared_ptr<const PlainFunction>> make(Signature signature, void* code);

    // Calls it with `args`, in which signature_faults() found nothing, and puts what it returns into `call`: integers
    // and floats as they are; a str as text, NULL as null; a ptr as an integer, its address; void as null. A str that
    // is not UTF-8 is an error of the call. Text is passed as a copy that lives until the function returns.
    int32_t call(const Document& args, dw_call& call) const;

    struct Prepared;
    explicit PlainFunction(std::unique_ptr<Prepared> prepared);
    ~PlainFunction();

private:
    std::unique_ptr<Prepared> prepared_;
};

}  // namespace dumbwaiter
