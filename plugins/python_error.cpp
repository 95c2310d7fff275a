// SPDX-License-Identifier: BSD-3-Clause
#include "python_error.hpp"

#include <dumbwaiter/plugin.hpp>

#include "python_object.hpp"

namespace {

// A report has 64 KiB: of a longer traceback, as a deep recursion has, the beginning and the end.
constexpr std::size_t kMostText = 48 << 10;

std::string text_of(PyObject* text)
{
    Object const bytes(text == nullptr ? nullptr : PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace"));
    if (!bytes) {
        PyErr_Clear();
        return {};
    }
    return {PyBytes_AS_STRING(bytes.get()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.get()))};
}

// "\n".join of what a function of the module `traceback` gives.
std::string formatted(const char* function, PyObject* exception)
{
    Object const module(PyImport_ImportModule("traceback"));
    Object const lines(module ? PyObject_CallMethod(module.get(), function, "O", exception) : nullptr);
    Object const nothing(PyUnicode_FromString(""));
    Object const joined(lines && nothing ? PyUnicode_Join(nothing.get(), lines.get()) : nullptr);
    if (!joined) PyErr_Clear();
    std::string text = text_of(joined.get());
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

std::string shortened(std::string text)
{
    if (text.size() <= kMostText) return text;
    return text.substr(0, kMostText / 2) + "\n[...]\n" + text.substr(text.size() - kMostText / 2);
}

}  // namespace

std::string take_error_text()
{
    PyObject *type = nullptr, *value = nullptr, *traceback = nullptr;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (value != nullptr && traceback != nullptr) PyException_SetTraceback(value, traceback);
    Object const owned_type(type), owned_value(value), owned_traceback(traceback);
    if (!owned_value) return "Python failed and does not say why";
    std::string const summary = formatted("format_exception_only", value);
    std::string const whole = formatted("format_exception", value);
    if (summary.empty())
        return std::string("an exception of type ") + Py_TYPE(value)->tp_name + " whose text cannot be made";
    return whole.empty() || whole == summary ? shortened(summary) : shortened(summary + "\n" + whole);
}

void throw_python_error()
{
    throw dumbwaiter::Failed(take_error_text());
}
