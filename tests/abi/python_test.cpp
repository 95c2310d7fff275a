// SPDX-License-Identifier: BSD-3-Clause
//
// libpython.so, with the interpreter of the system.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "invocation.hpp"
#include "temp_file.hpp"

using namespace dumbwaiter;
using nlohmann::json;

namespace {

// A folder with the module of the tests; modules of one interpreter live on, so that there is one for all.
const std::filesystem::path& folder()
{
    static const std::filesystem::path path = [] {
        std::string text = (std::filesystem::temp_directory_path() / "dumbwaiter-python-XXXXXX").string();
        std::filesystem::path made = mkdtemp(text.data());
        std::filesystem::create_directories(made / "my_app");
        std::ofstream(made / "my_app" / "__init__.py") << "";
        std::ofstream(made / "my_app" / "utils.py") << R"py(
import collections, datetime, decimal, enum, threading, time, uuid

def function_name(a, b=1):
    return {'sum': a + b, 'list': [a, b]}

def same(*args, **kwargs):
    return {'args': args, 'kwargs': kwargs}

def types(*args):
    return [type(a).__name__ for a in args]

def evaluate(text):
    return eval(text)

def fails():
    raise ValueError("the well is dry: \u00fc")

class Shop:
    @staticmethod
    def orders():
        return 7

number = 7

def chained():
    try:
        fails()
    except ValueError as error:
        raise RuntimeError("outer") from error

def deep(n=100000):
    return deep(n - 1) + 1

def busy():
    while True:
        pass

def waits(seconds):
    time.sleep(seconds)

barrier = threading.Barrier(2, timeout=30)

def meet():
    return barrier.wait() >= 0
)py";
        std::ofstream(made / "my_app" / "broken.py") << "import no_such_thing\n";
        return made;
    }();
    return path;
}

json options()
{
    return {{"python.path", {folder().string()}}};
}

Left call(const std::string& path, const json& arguments = json::array(), json kwargs = json::object())
{
    json args = {path};
    for (const auto& one : arguments) args.push_back(one);
    kwargs.update(options());
    return run(shipped("libpython"), "call", args.dump(), kwargs.dump());
}

Left evaluate(const std::string& expression)
{
    return call("my_app.utils.evaluate", {expression});
}

}  // namespace

TEST_CASE("the ancestor's own function runs unchanged")
{
    CHECK(call("my_app.utils.function_name", {40}, {{"b", 2}}).value == R"({"sum":42,"list":[40,2]})");
    CHECK(call("my_app.utils.Shop.orders").value == "7");
    CHECK(call("time.time").code == DW_OK);
}

TEST_CASE("arguments are Python's own types, and options stay out of them")
{
    CHECK(call("my_app.utils.types", {nullptr, true, 1, 18446744073709551615u, 0.5, "text", {1}, {{"k", 1}}}).value ==
          R"(["NoneType","bool","int","int","float","str","list","dict"])");
    CHECK(call("my_app.utils.same", {"Gr\u00fc\u00dfe", -1}, {{"k", {1, {{"x", nullptr}}}}}).value ==
          R"({"args":["Grüße",-1],"kwargs":{"k":[1,{"x":null}]}})");
}

TEST_CASE("a time and bytes arrive as they are, and come back")
{
    Entry entry(shipped("libpython"), "call", R"(["my_app.utils.same", 0])", options().dump());
    for (auto& node : entry.args().nodes) {
        if (node.type == Type::kI64) node = {.type = Type::kTime, .end = node.end, .i64 = -1500'000'000};
    }
    CHECK(entry.run().value == R"({"args":["1969-12-31T23:59:58.500000000Z"],"kwargs":{}})");
}

TEST_CASE("Python's values become values")
{
    const std::pair<const char*, const char*> rows[] = {
        {"None", "null"},
        {"True", "true"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"2**64 - 1", "18446744073709551615"},
        {"0.5", "0.5"},
        {"'Gr\\u00fc\\x00\\U0001f600'", "\"Grü\\u0000😀\""},
        {"(1, [2, ()])", "[1,[2,[]]]"},
        {"{'a': {'b': None}}", R"({"a":{"b":null}})"},
        {"collections.OrderedDict(z=1, a=2)", R"({"z":1,"a":2})"},
        {"collections.namedtuple('P', 'x y')(1, 2)", "[1,2]"},
        {"enum.IntEnum('E', 'A B').B", "2"},
        {"b'\\xff'", R"({"base64":"/w=="})"},
        {"bytearray(b'\\xff')", R"({"base64":"/w=="})"},
        {"memoryview(b'\\xff')", R"({"base64":"/w=="})"},
        {"decimal.Decimal('1.10')", R"("1.10")"},
        {"datetime.datetime(2026, 1, 31, 12, 34, 56, 789)", R"("2026-01-31T12:34:56.000789000Z")"},
        {"datetime.datetime(2026, 1, 31, tzinfo=datetime.timezone(datetime.timedelta(hours=-7, minutes=-30)))",
         R"("2026-01-31T07:30:00.000000000Z")"},
        {"datetime.datetime(1969, 12, 31, 23, 59, 59, 999999)", R"("1969-12-31T23:59:59.999999000Z")"},
        {"datetime.date(2024, 2, 29)", R"("2024-02-29T00:00:00.000000000Z")"},
    };
    for (const auto& [expression, value] : rows) {
        CAPTURE(expression);
        const Left left = evaluate(expression);
        CHECK(left.text == "");
        CHECK(left.value == value);
    }
}

TEST_CASE("what is no value is refused by its type and place")
{
    const std::pair<const char*, const char*> rows[] = {
        {"{1, 2}", "the function returned a set, which is no value"},
        {"(x for x in [])", "a generator, which is no value"},
        {"{'rows': [0, {'at': uuid.UUID(int=0)}]}", "a uuid.UUID, which is no value: return None, bool, int"},
        {"{'rows': [0, {'at': uuid.UUID(int=0)}]}", "at result['rows'][1]['at']"},
        {"datetime.timedelta(1)", "a datetime.timedelta, which is no value"},
        {"2**64", "an int beyond 64 bits"},
        {"-2**63 - 1", "an int beyond 64 bits"},
        {"{1: 2}", "a dict with a key of type int, and not str"},
        {"'\\ud800'", "a lone surrogate"},
        {"datetime.date(1, 1, 1)", "between the years 1678 and 2262"},
    };
    for (const auto& [expression, word] : rows) {
        CAPTURE(expression);
        const Left left = evaluate(expression);
        CAPTURE(left.text);
        CHECK(left.code == DW_ERROR);
        CHECK(left.text.find(word) != std::string::npos);
    }
    CHECK(evaluate("(lambda l: l.append(l) or l)([])").code == DW_LIMIT);
}

TEST_CASE("an exception is a report with its traceback")
{
    const Left failed = call("my_app.utils.fails");
    CHECK(failed.code == DW_ERROR);
    CHECK(failed.text.find("ValueError: the well is dry: ü\nTraceback (most recent call last):\n  File \"") == 0);
    CHECK(failed.text.find("utils.py\", line 17, in fails") != std::string::npos);
    const Left chained = call("my_app.utils.chained");
    CHECK(chained.text.find("RuntimeError: outer\n") == 0);
    CHECK(chained.text.find("The above exception was the direct cause") != std::string::npos);
    CHECK(call("my_app.utils.deep").text.find("RecursionError: maximum recursion depth exceeded") == 0);
    CHECK(call("sys.exit", {3}).text.find("SystemExit: 3") == 0);
    CHECK(evaluate("1 +").text.find("SyntaxError") != std::string::npos);
    CHECK(evaluate("7").value == "7");  // and nothing of it is left
}

TEST_CASE("a function that is not there is named, with what to do")
{
    const std::pair<const char*, const char*> rows[] = {
        {"count", "is no dotted path of a function"},
        {".count", "is no dotted path"},
        {"a..b", "is no dotted path"},
        {"no_such_module.count", "No module named 'no_such_module'; is its folder in kwargs.\"python.path\"?"},
        {"my_app.no_such.count", "my_app.no_such"},
        {"my_app.utils.no_such", "module 'my_app.utils' has no attribute 'no_such'"},
        {"my_app.utils.number", "cannot be called: it is of type int"},
        {"my_app.broken.count", "ModuleNotFoundError: No module named 'no_such_thing'\nTraceback"},
    };
    for (const auto& [path, word] : rows) {
        CAPTURE(path);
        const Left left = call(path);
        CAPTURE(left.text);
        CHECK(left.code == DW_ERROR);
        CHECK(left.text.find(word) != std::string::npos);
    }
    CHECK(call("time.time", json::array(), {{"python.pth", "x"}}).text.find("is unknown: there are python.path") !=
          std::string::npos);
    const Left left = run(shipped("libpython"), "call", R"(["time.time"])", R"({"python.path": ["/no/such/folder"]})");
    CHECK(left.text.find("\"/no/such/folder\" is neither a folder nor a zip file") != std::string::npos);
}

TEST_CASE("extension modules find Python's symbols")
{
    for (const char* function : {"math.sqrt", "_decimal.Decimal", "_json.encode_basestring", "array.array"}) {
        CAPTURE(function);
        const json argument = std::string(function) == "math.sqrt"     ? json{4}
                              : std::string(function) == "array.array" ? json{"i"}
                                                                       : json{"4"};
        const Left left = call(function, argument);
        CHECK(left.text.find("ImportError") == std::string::npos);
    }
    CHECK(call("sqlite3.sqlite_version.upper").code == DW_OK);
    CHECK(call("ctypes.sizeof").text.find("TypeError") == 0);
}

TEST_CASE("a virtual environment comes first, with its .pth files")
{
    const std::filesystem::path venv = folder() / "venv", packages = venv / "lib/python3.11/site-packages";
    std::filesystem::create_directories(packages);
    std::filesystem::create_directories(folder() / "elsewhere");
    std::ofstream(packages / "only_in_venv.py") << "def f(): return 'venv'\n";
    std::ofstream(packages / "more.pth") << (folder() / "elsewhere").string() << "\n";
    std::ofstream(folder() / "elsewhere" / "through_pth.py") << "def f(): return 'pth'\n";
    const json kwargs = {{"python.venv", venv.string()}};
    CHECK(call("only_in_venv.f", json::array(), kwargs).value == R"("venv")");
    CHECK(call("through_pth.f", json::array(), kwargs).value == R"("pth")");
    const Left left = call("time.time", json::array(), {{"python.venv", "/usr/share"}});
    CHECK(left.text.find("is no virtual environment of Python 3.11: there is no /usr/share/lib") != std::string::npos);
}

TEST_CASE("two functions of one interpreter run while the other waits")
{
    Left one;
    std::thread other([&] { one = call("my_app.utils.meet"); });
    const Left two = call("my_app.utils.meet");
    other.join();
    CHECK(one.value == "true");
    CHECK(two.value == "true");
}

TEST_CASE("Python code is ended at its deadline, and the next call is not")
{
    Entry entry(shipped("libpython"), "call", R"(["my_app.utils.busy"])", options().dump());
    entry.set_deadline_in(50'000'000);
    const Left left = entry.run();
    CHECK(left.code == DW_ERROR);
    CHECK(left.text.find("TimeoutError\nTraceback") == 0);
    CHECK(left.text.find("in busy") != std::string::npos);
    CHECK(evaluate("sum(range(100000))").value == "4999950000");
}

TEST_CASE("where Python waits at its deadline is logged, as nothing can be raised there")
{
    json args = {"my_app.utils.waits", 0.5};
    Entry entry(shipped("libpython"), "call", args.dump(), options().dump());
    entry.set_deadline_in(50'000'000);
    CHECK(entry.run().text.find("TimeoutError\nTraceback") == 0);  // which comes when the sleep is over
    const std::string logged = entry.services().logged();
    CAPTURE(logged);
    CHECK(logged.find("at its deadline in waits (" + folder().string() + "/my_app/utils.py:") == 0);
}
