// SPDX-License-Identifier: BSD-3-Clause
#include "python_interpreter.hpp"

#include <dlfcn.h>
#include <dumbwaiter/plugin.hpp>

#include <filesystem>
#include <mutex>

#include "python_error.hpp"
#include "python_object.hpp"

namespace {

using dumbwaiter::Failed;

// A plugin's libraries are bound locally, while extension modules look for Python's symbols everywhere: the library
// that is loaded already is raised to all.
void show_symbols_to_extensions()
{
    Dl_info info{};
    bool const is_known = dladdr(reinterpret_cast<const void*>(&Py_InitializeFromConfig), &info) != 0;
    if (!is_known || dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL) == nullptr)
        throw Failed("the library of Python cannot be shown to extension modules");
}

void check(const PyStatus& status, PyConfig& config)
{
    if (!PyStatus_Exception(status)) return;
    std::string const why = status.err_msg != nullptr ? status.err_msg : "it does not say why";
    PyConfig_Clear(&config);
    throw Failed("Python cannot be started: " + why);
}

// As `python3` would be started, but that it leaves signals and arguments alone, and that what it prints goes out at
// once. PYTHON_PROGRAM, of the build, is where it looks for its standard library.
void initialize()
{
    PyConfig config;
    PyConfig_InitPythonConfig(&config);
    config.install_signal_handlers = 0;
    config.parse_argv = 0;
    config.buffered_stdio = 0;
    check(PyConfig_SetBytesString(&config, &config.program_name, PYTHON_PROGRAM), config);
    check(Py_InitializeFromConfig(&config), config);
    PyConfig_Clear(&config);
}

void insert_first(PyObject* path, const std::string& folder)
{
    Object const text(PyUnicode_DecodeFSDefaultAndSize(folder.data(), static_cast<Py_ssize_t>(folder.size())));
    if (!text) throw_python_error();
    int const is_there = PySequence_Contains(path, text.get());
    if (is_there < 0 || (is_there == 0 && PyList_Insert(path, 0, text.get()) < 0)) throw_python_error();
}

}  // namespace

void start_interpreter()
{
    static std::mutex mutex;
    std::lock_guard const lock(mutex);
    if (Py_IsInitialized() != 0) return;
    show_symbols_to_extensions();
    initialize();
    PyEval_SaveThread();
}

void prepend_to_path(const std::vector<std::string>& folders)
{
    PyObject* const path = PySys_GetObject("path");
    if (path == nullptr || PyList_Check(path) == 0) throw Failed("sys.path is no list any more");
    for (auto at = folders.rbegin(); at != folders.rend(); ++at) {
        if (!std::filesystem::is_directory(*at) && !std::filesystem::is_regular_file(*at))
            throw Failed("kwargs.\"python.path\": \"" + *at + "\" is neither a folder nor a zip file");
        insert_first(path, std::filesystem::absolute(*at).lexically_normal().string());
    }
}

void add_virtual_environment(const std::string& folder)
{
    std::string const version = std::to_string(PY_MAJOR_VERSION) + "." + std::to_string(PY_MINOR_VERSION);
    auto const packages = std::filesystem::absolute(folder) / "lib" / ("python" + version) / "site-packages";
    if (!std::filesystem::is_directory(packages))
        throw Failed("kwargs.\"python.venv\" = \"" + folder + "\" is no virtual environment of Python " + version +
                     ": there is no " + packages.string());
    Object const site(PyImport_ImportModule("site"));
    if (!site) throw_python_error();
    Object const path = Object::borrowed(PySys_GetObject("path"));
    Object const before(PySequence_List(path.get()));
    Object const added(PyObject_CallMethod(site.get(), "addsitedir", "s", packages.c_str()));
    if (!before || !added) throw_python_error();
    // addsitedir appends; a virtual environment comes before what the system has.
    Py_ssize_t const old_size = PyList_GET_SIZE(before.get());
    Object const fresh(PyList_GetSlice(path.get(), old_size, PyList_GET_SIZE(path.get())));
    if (!fresh || PyList_SetSlice(path.get(), old_size, PyList_GET_SIZE(path.get()), nullptr) < 0 ||
        PyList_SetSlice(path.get(), 0, 0, fresh.get()) < 0)
        throw_python_error();
}
