// SPDX-License-Identifier: BSD-3-Clause
//
// throws.so: C++ exceptions that leave a function.
#include <dumbwaiter/plugin.h>

#include <unwind.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>

DW_FUNCTION(std_exception, "Throws a std::runtime_error")
{
    throw std::runtime_error("thrown on purpose");
}

DW_FUNCTION(number, "Throws an int")
{
    throw 7;
}

DW_FUNCTION(after_put, "Puts a value, then throws: nothing may be stored")
{
    dw_put_i64(call, 1);
    throw std::logic_error("thrown after the put");
}

static void forget(_Unwind_Reason_Code, _Unwind_Exception*) {}

DW_FUNCTION(foreign, "Throws what is no C++ exception, as other languages do")
{
    static _Unwind_Exception thrown;
    std::memcpy(&thrown.exception_class, "FOREIGN", 8);
    thrown.exception_cleanup = forget;
    _Unwind_RaiseException(&thrown);
    std::abort();
}

static int32_t throwing_create(dw_call*, void**)
{
    throw std::runtime_error("thrown while the state was made");
}

DW_FUNCTION_EX(create, "Its create throws", 0, throwing_create, nullptr, nullptr, nullptr, 0)
{
    return dw_put_null(call);
}
