// SPDX-License-Identifier: BSD-3-Clause
//
// libpython.so: `call` calls a Python function. One interpreter a process; its lock lets one call compute at a time,
// and others while that one waits.
#include <dumbwaiter/plugin.hpp>
#include <filesystem>

#include "python_deadline.hpp"
#include "python_error.hpp"
#include "python_interpreter.hpp"
#include "python_object.hpp"
#include "python_values.hpp"

namespace {

using dumbwaiter::Argument;
using dumbwaiter::Call;
using dumbwaiter::Failed;

constexpr std::string_view kOptionPrefix = "python.";

bool is_option(std::string_view key)
{
    return key.substr(0, kOptionPrefix.size()) == kOptionPrefix;
}

void apply_options(const Call& call)
{
    for (auto const [key, value] : call.kwargs().entries()) {
        if (is_option(key) && key != "python.path" && key != "python.venv")
            throw Failed("kwargs.\"" + std::string(key) + "\" is unknown: there are python.path and python.venv");
    }
    auto const venv = call.kwarg<std::string>("python.venv", "");
    if (!venv.empty()) add_virtual_environment(venv);
    prepend_to_path(call.kwarg<std::vector<std::string>>("python.path", {}));
}

// Is the exception that is set about this very module, or a package that it is in?
bool is_missing(const std::string& module)
{
    if (PyErr_ExceptionMatches(PyExc_ModuleNotFoundError) == 0) return false;
    PyObject *type = nullptr, *value = nullptr, *traceback = nullptr;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    Object const name(PyObject_GetAttrString(value, "name"));
    const char* const text = name && PyUnicode_Check(name.get()) ? PyUnicode_AsUTF8(name.get()) : "";
    bool const is_it = module == text || module.rfind(std::string(text) + ".", 0) == 0;
    PyErr_Restore(type, value, traceback);
    return is_it;
}

// The longest beginning of the path that is a module; `rest` is where what is in it begins.
Object import_longest(const std::string& path, std::size_t& rest)
{
    std::string first_text;
    for (std::size_t dot = path.rfind('.'); dot != std::string::npos && dot > 0; dot = path.rfind('.', dot - 1)) {
        std::string const name = path.substr(0, dot);
        Object module(PyImport_ImportModule(name.c_str()));
        rest = dot + 1;
        if (module) return module;
        if (!is_missing(name)) throw_python_error();
        first_text = take_error_text();
    }
    throw Failed("args[0] = \"" + path + "\": " + first_text.substr(0, first_text.find('\n')) +
                 "; is its folder in kwargs.\"python.path\"?");
}

void check_path(const std::string& path)
{
    bool const is_dotted = path.find('.') != std::string::npos;
    if (!is_dotted || path.front() == '.' || path.back() == '.' || path.find("..") != std::string::npos)
        throw Failed("args[0] = \"" + path + "\" is no dotted path of a function, such as \"my_app.utils.count\"");
}

Object find_function(const std::string& path)
{
    check_path(path);
    std::size_t at = 0;
    Object found = import_longest(path, at);
    while (at != std::string::npos) {
        std::size_t const dot = path.find('.', at);
        std::string const name = path.substr(at, dot == std::string::npos ? dot : dot - at);
        Object next(PyObject_GetAttrString(found.get(), name.c_str()));
        if (!next) throw Failed("args[0] = \"" + path + "\": " + take_error_text());
        found = std::move(next);
        at = dot == std::string::npos ? dot : dot + 1;
    }
    if (PyCallable_Check(found.get()) == 0)
        throw Failed("args[0] = \"" + path + "\" cannot be called: it is of type " + Py_TYPE(found.get())->tp_name);
    return found;
}

// A function of the manifest; looked up once, and again where that failed.
class PythonFunction {
public:
    explicit PythonFunction(Call&)
    {
        start_interpreter();
        DeadlineWatch::get().add_member();
    }
    ~PythonFunction()
    {
        {
            Gil const gil;
            function_ = Object();
        }
        DeadlineWatch::get().remove_member();
    }
    PythonFunction(const PythonFunction&) = delete;
    PythonFunction& operator=(const PythonFunction&) = delete;

    std::int32_t run(Call& call)
    {
        Gil const gil;
        Object result;
        {
            DeadlineWatch::Guard const guard(call.raw());
            if (!function_) {
                apply_options(call);
                function_ = find_function(call.arg<std::string>(0));
            }
            result = call_it(call);
        }
        return put_python(call.raw(), result.get());
    }

private:
    Object call_it(const Call& call)
    {
        std::size_t const count = call.args().size() - 1;
        Object const args(PyTuple_New(static_cast<Py_ssize_t>(count)));
        Object const kwargs(PyDict_New());
        if (!args || !kwargs) throw_python_error();
        for (std::size_t i = 0; i < count; ++i)
            PyTuple_SET_ITEM(args.get(), static_cast<Py_ssize_t>(i), to_python(call.args()[i + 1]).release());
        for (auto const [key, value] : call.kwargs().entries()) {
            if (is_option(key)) continue;
            if (PyDict_SetItemString(kwargs.get(), std::string(key).c_str(), to_python(value).get()) < 0)
                throw_python_error();
        }
        Object result(PyObject_Call(function_.get(), args.get(), kwargs.get()));
        if (!result) throw_python_error();
        return result;
    }

    Object function_;
};

constexpr char kCallArgs[] =
    R"json({"type": "array", "minItems": 1, "prefixItems": [{"type": "string", "pattern": "^[^.]+([.][^.]+)+$", )json"
    R"json("description": "dotted path of a function, such as my_app.utils.count"}], "items": )json"
    R"json({"description": "its arguments"}, "kwargs": {"properties": {"python.path": {"type": "array", )json"
    R"json("items": {"type": "string"}, "description": "folders to look for modules in first"}, "python.venv": )json"
    R"json({"type": "string", "description": "a virtual environment"}}, )json"
    R"json("patternProperties": {"^python[.](?!path$|venv$)": false}}})json";

}  // namespace

DUMBWAITER_STATEFUL_EX(call,
                       "Calls a Python function (args = its dotted path, then its arguments; kwargs are handed on, but "
                       "for python.path = [folders] and python.venv = folder)",
                       PythonFunction, DW_PROCESS_ONLY, kCallArgs, NULL, 0,
                       [](Call& call_, PythonFunction& function) { return dumbwaiter::Outcome{function.run(call_)}; });
