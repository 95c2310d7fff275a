// SPDX-License-Identifier: BSD-3-Clause
#include "python_stack.hpp"

#include "python_object.hpp"

namespace {

constexpr int kMostFrames = 16;

Object newest_frame(unsigned long thread)
{
    for (PyThreadState* state = PyInterpreterState_ThreadHead(PyInterpreterState_Get()); state != nullptr;
         state = PyThreadState_Next(state)) {
        if (state->thread_id == thread) return Object(reinterpret_cast<PyObject*>(PyThreadState_GetFrame(state)));
    }
    return {};
}

std::string text_of(PyObject* object, const char* attribute)
{
    Object const text(PyObject_GetAttrString(object, attribute));
    const char* const utf8 = text && PyUnicode_Check(text.get()) ? PyUnicode_AsUTF8(text.get()) : nullptr;
    PyErr_Clear();
    return utf8 == nullptr ? "?" : utf8;
}

}  // namespace

std::string python_stack(unsigned long thread)
{
    std::string text;
    Object frame = newest_frame(thread);
    for (int i = 0; frame && i < kMostFrames; ++i) {
        auto* const raw = reinterpret_cast<PyFrameObject*>(frame.get());
        Object const code(reinterpret_cast<PyObject*>(PyFrame_GetCode(raw)));
        if (!text.empty()) text += " <- ";
        text += text_of(code.get(), "co_name") + " (" + text_of(code.get(), "co_filename") + ":" +
                std::to_string(PyFrame_GetLineNumber(raw)) + ")";
        frame = Object(reinterpret_cast<PyObject*>(PyFrame_GetBack(raw)));
    }
    return text;
}
