// SPDX-License-Identifier: BSD-3-Clause
#include "exception_text.hpp"

#include <cxxabi.h>
#include <fmt/format.h>

#include <cstdlib>
#include <exception>
#include <memory>
#include <typeinfo>

#include "call.hpp"
#include "utf8.hpp"

namespace dumbwaiter {
namespace {

std::string type_of_exception()
{
    const std::type_info* type = abi::__cxa_current_exception_type();
    if (type == nullptr) return "an unknown exception";
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(type->name(), nullptr, nullptr, &status),
                                                           &std::free);
    return status == 0 ? name.get() : type->name();
}

}  // namespace

std::string exception_text()
{
    // What another language threw has no type of ours: libstdc++ would read one out of the memory before it.
    if (std::current_exception() == nullptr) return "threw an exception that is not of C++";
    const std::string type = type_of_exception();
    try {
        throw;
    } catch (const std::exception& error) {
        const char* text = error.what();
        return clean_utf8(fmt::format("threw {}: {}", type, text == nullptr ? "no text" : text), kMaxReportText);
    } catch (...) {
        return clean_utf8("threw " + type, kMaxReportText);
    }
}

}  // namespace dumbwaiter
