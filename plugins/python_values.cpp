// SPDX-License-Identifier: BSD-3-Clause
#include "python_values.hpp"

#include <datetime.h>

#include <chrono>
#include <string>
#include <string_view>

#include "python_error.hpp"

namespace {

using dumbwaiter::Argument;
using dumbwaiter::Failed;

// The types that C has no check for. Loaded once; with the lock held.
struct Types {
    PyObject* decimal = nullptr;

    static const Types& get()
    {
        static const Types types = load();
        return types;
    }

private:
    static Types load()
    {
        PyDateTime_IMPORT;
        Object const module(PyImport_ImportModule("decimal"));
        Object decimal(module ? PyObject_GetAttrString(module.get(), "Decimal") : nullptr);
        if (PyDateTimeAPI == nullptr || !decimal) throw_python_error();
        return {decimal.release()};
    }
};

Object checked(PyObject* object)
{
    if (object == nullptr) throw_python_error();
    return Object(object);
}

Object time_to_python(std::int64_t unix_ns)
{
    Types::get();
    std::int64_t const micros = unix_ns / 1000 - (unix_ns % 1000 < 0 ? 1 : 0);
    std::int64_t const seconds = micros / 1'000'000 - (micros % 1'000'000 < 0 ? 1 : 0);
    auto const rest = static_cast<int>(micros - seconds * 1'000'000);
    std::int64_t const days = seconds / 86400 - (seconds % 86400 < 0 ? 1 : 0);
    Object const epoch = checked(PyDateTimeAPI->DateTime_FromDateAndTime(
        1970, 1, 1, 0, 0, 0, 0, PyDateTime_TimeZone_UTC, PyDateTimeAPI->DateTimeType));
    Object const delta =
        checked(PyDelta_FromDSU(static_cast<int>(days), static_cast<int>(seconds - days * 86400), rest));
    return checked(PyNumber_Add(epoch.get(), delta.get()));
}

Object list_to_python(const Argument& array)
{
    Object list = checked(PyList_New(0));
    for (Argument const element : array.elements()) {
        if (PyList_Append(list.get(), to_python(element).get()) < 0) throw_python_error();
    }
    return list;
}

Object dict_to_python(const Argument& map)
{
    Object dict = checked(PyDict_New());
    for (auto const [key, value] : map.entries()) {
        Object const name = checked(PyUnicode_FromStringAndSize(key.data(), static_cast<Py_ssize_t>(key.size())));
        if (PyDict_SetItem(dict.get(), name.get(), to_python(value).get()) < 0) throw_python_error();
    }
    return dict;
}

// Where in the returned value something is, as Python would write it: ["rows"][3].
std::string step(PyObject* key)
{
    Object const text(PyObject_Repr(key));
    const char* const utf8 = text ? PyUnicode_AsUTF8(text.get()) : nullptr;
    if (utf8 == nullptr) PyErr_Clear();
    return std::string("[") + (utf8 != nullptr ? utf8 : "?") + "]";
}

// Puts an object and what is in it. A failure is said once, with the place where it happened.
class Putter {
public:
    explicit Putter(dw_call* call) : call_(call) {}

    std::int32_t put(PyObject* object)
    {
        if (object == Py_None) return dw_put_null(call_);
        if (PyBool_Check(object)) return dw_put_bool(call_, object == Py_True ? 1 : 0);
        if (PyLong_Check(object)) return put_integer(object);
        if (PyFloat_Check(object)) return dw_put_f64(call_, PyFloat_AS_DOUBLE(object));
        if (PyUnicode_Check(object)) return put_text(object);
        if (PyBytes_Check(object)) return put_buffer(object);
        if (PyByteArray_Check(object) || PyMemoryView_Check(object)) return put_buffer(object);
        if (PyDict_Check(object)) return put_dict(object);
        if (PyList_Check(object) || PyTuple_Check(object)) return put_sequence(object);
        return put_rarer(object);
    }

private:
    std::int32_t put_rarer(PyObject* object)
    {
        const Types& types = Types::get();
        if (PyDate_Check(object)) return put_time(object);
        int const is_decimal = PyObject_IsInstance(object, types.decimal);
        if (is_decimal < 0) throw_python_error();
        if (is_decimal > 0) return put_text(checked(PyObject_Str(object)).get());
        if (PyIndex_Check(object)) return put_integer(checked(PyNumber_Index(object)).get());  // numpy's integers
        return refuse(object);
    }

    // `what` of the object is wrong.
    std::int32_t refuse(const std::string& what)
    {
        return dw_fail(call_,
                       ("the function returned " + (path_.empty() ? what : what + ", at result" + path_)).c_str());
    }
    std::int32_t refuse(PyObject* object)
    {
        std::string const type = Py_TYPE(object)->tp_name;  // with its module, but for classes written in Python
        Object const module(PyObject_GetAttrString(reinterpret_cast<PyObject*>(Py_TYPE(object)), "__module__"));
        const char* const name = module && PyUnicode_Check(module.get()) ? PyUnicode_AsUTF8(module.get()) : nullptr;
        PyErr_Clear();
        bool const is_bare =
            type.find('.') == std::string::npos && name != nullptr && std::string_view(name) != "builtins";
        std::string const prefix = is_bare ? std::string(name) + "." : std::string();
        return refuse("a " + prefix + type +
                      ", which is no value: return None, bool, int, float, str, bytes, datetime, date, Decimal, list, "
                      "tuple or dict");
    }

    std::int32_t put_integer(PyObject* object)
    {
        int overflow = 0;
        long long const number = PyLong_AsLongLongAndOverflow(object, &overflow);
        if (overflow == 0) return dw_put_i64(call_, number);
        unsigned long long const large = overflow > 0 ? PyLong_AsUnsignedLongLong(object) : 0;
        if (overflow > 0 && PyErr_Occurred() == nullptr) return dw_put_u64(call_, large);
        PyErr_Clear();
        return refuse("an int beyond 64 bits; return str(it), or a float");
    }

    std::int32_t put_text(PyObject* object)
    {
        Py_ssize_t length = 0;
        const char* const text = PyUnicode_AsUTF8AndSize(object, &length);
        if (text != nullptr) return dw_put_str(call_, text, static_cast<std::uint64_t>(length));
        PyErr_Clear();
        return refuse("a str with a lone surrogate, which is no Unicode text");
    }

    std::int32_t put_buffer(PyObject* object)
    {
        Py_buffer view;
        if (PyObject_GetBuffer(object, &view, PyBUF_SIMPLE) < 0) throw_python_error();
        std::int32_t const code = dw_put_bytes(call_, view.buf, static_cast<std::uint64_t>(view.len));
        PyBuffer_Release(&view);
        return code;
    }

    // By Python's own arithmetic, as the zone may be any object.
    std::int32_t put_time(PyObject* object)
    {
        int const year = PyDateTime_GET_YEAR(object);
        if (year < 1678 || year > 2261) return refuse("a time that does not lie between the years 1678 and 2262");
        bool const has_time = PyDateTime_Check(object) != 0;
        Object const offset = has_time ? checked(PyObject_CallMethod(object, "utcoffset", nullptr)) : Object();
        Object const ordinal = checked(PyObject_CallMethod(object, "toordinal", nullptr));
        constexpr std::int64_t kOrdinalOfEpoch = 719'163;
        std::int64_t micros = (PyLong_AsLongLong(ordinal.get()) - kOrdinalOfEpoch) * 86'400'000'000;
        if (has_time) {
            micros += ((PyDateTime_DATE_GET_HOUR(object) * 60LL + PyDateTime_DATE_GET_MINUTE(object)) * 60 +
                       PyDateTime_DATE_GET_SECOND(object)) *
                          1'000'000 +
                      PyDateTime_DATE_GET_MICROSECOND(object);
        }
        if (offset && PyDelta_Check(offset.get())) {
            micros -=
                (PyDateTime_DELTA_GET_DAYS(offset.get()) * 86'400LL + PyDateTime_DELTA_GET_SECONDS(offset.get())) *
                    1'000'000 +
                PyDateTime_DELTA_GET_MICROSECONDS(offset.get());
        }
        return dw_put_time(call_, micros * 1000);
    }

    std::int32_t put_sequence(PyObject* object)
    {
        if (std::int32_t const code = dw_open_array(call_); code != DW_OK) return code;
        // Its size is asked each time: what another thread of the program takes out must not be touched.
        for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(object); ++i) {
            Object const item = Object::borrowed(PySequence_Fast_GET_ITEM(object, i));
            std::size_t const here = path_.size();
            path_ += "[" + std::to_string(i) + "]";
            if (std::int32_t const code = put(item.get()); code != DW_OK) return code;
            path_.resize(here);
        }
        return dw_close(call_);
    }

    std::int32_t put_dict(PyObject* object)
    {
        if (std::int32_t const code = dw_open_map(call_); code != DW_OK) return code;
        Object const items = checked(PyDict_Items(object));
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items.get()); ++i) {
            PyObject* const pair = PyList_GET_ITEM(items.get(), i);
            if (std::int32_t const code = put_entry(PyTuple_GET_ITEM(pair, 0), PyTuple_GET_ITEM(pair, 1));
                code != DW_OK)
                return code;
        }
        return dw_close(call_);
    }

    std::int32_t put_entry(PyObject* key, PyObject* value)
    {
        std::size_t const here = path_.size();
        path_ += step(key);
        if (!PyUnicode_Check(key))
            return refuse(std::string("a dict with a key of type ") + Py_TYPE(key)->tp_name + ", and not str");
        Py_ssize_t length = 0;
        const char* const text = PyUnicode_AsUTF8AndSize(key, &length);
        if (text == nullptr) throw_python_error();
        if (std::int32_t const code = dw_key(call_, text, static_cast<std::uint64_t>(length)); code != DW_OK)
            return code;
        std::int32_t const code = put(value);
        if (code == DW_OK) path_.resize(here);
        return code;
    }

    dw_call* call_;
    std::string path_;
};

}  // namespace

Object to_python(const Argument& value)
{
    switch (value.type()) {
        case DW_TYPE_NULL: return Object::borrowed(Py_None);
        case DW_TYPE_BOOL: return Object::borrowed(value.get<bool>() ? Py_True : Py_False);
        case DW_TYPE_I64: return checked(PyLong_FromLongLong(value.get<std::int64_t>()));
        case DW_TYPE_U64: return checked(PyLong_FromUnsignedLongLong(value.get<std::uint64_t>()));
        case DW_TYPE_F64: return checked(PyFloat_FromDouble(value.get<double>()));
        case DW_TYPE_STR: {
            auto const text = value.get<std::string_view>();
            return checked(PyUnicode_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size())));
        }
        case DW_TYPE_BYTES: {
            auto const bytes = value.get<dumbwaiter::bytes_view>();
            return checked(
                PyBytes_FromStringAndSize(static_cast<const char*>(bytes.data), static_cast<Py_ssize_t>(bytes.size)));
        }
        case DW_TYPE_TIME: {
            auto const since = value.get<std::chrono::system_clock::time_point>().time_since_epoch();
            return time_to_python(std::chrono::nanoseconds(since).count());
        }
        case DW_TYPE_ARRAY: return list_to_python(value);
        default: return dict_to_python(value);
    }
}

std::int32_t put_python(dw_call* call, PyObject* object)
{
    return Putter(call).put(object);
}
