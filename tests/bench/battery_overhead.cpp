// SPDX-License-Identifier: BSD-3-Clause
//
// What a battery costs over the bare call of its library: a query of SQLite, a Python function. The battery's side is a
// whole invocation as a worker runs it, its value written as JSON, but without a host around it.
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "../abi/invocation.hpp"
#include "harness.hpp"

namespace {

using dumbwaiter::Entry;
using dumbwaiter::shipped;

constexpr const char* kSql = "select count(*) from orders where total > 100";

void require(bool is_good, const char* what)
{
    if (is_good) return;
    std::fprintf(stderr, "battery_overhead: %s\n", what);
    std::exit(1);
}

double each_run(Entry& entry, size_t count)
{
    return bench::each_ns(count, [&](size_t) { require(entry.run().code == DW_OK, "a battery failed"); });
}

void measure_sqlite(const bench::Folder& folder, int rounds, size_t count)
{
    const std::string path = (folder / "shop.db").string();
    sqlite3* database = nullptr;
    sqlite3_stmt* statement = nullptr;
    require(sqlite3_open(path.c_str(), &database) == SQLITE_OK &&
                sqlite3_exec(database,
                             "create table orders(id integer, total real); with recursive n(i) as (select 1 union all "
                             "select i + 1 from n where i < 100) insert into orders select i, i * 2.0 from n",
                             nullptr, nullptr, nullptr) == SQLITE_OK &&
                sqlite3_prepare_v2(database, kSql, -1, &statement, nullptr) == SQLITE_OK,
            "the database cannot be made");
    Entry entry(shipped("libsqlite"), "query", "[\"" + path + "\", \"" + kSql + "\"]");
    const auto bare = [&] {
        return bench::each_ns(count, [&](size_t) {
            require(sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int64(statement, 0) == 50, "a step failed");
            sqlite3_reset(statement);
        });
    };
    const bench::Pair pair = bench::in_turn(
        rounds, [&] { return each_run(entry, count); }, bare);
    bench::print(bench::at_most("B1", "libsqlite query over sqlite3_step, ns an invocation", "ns", pair, 3));
    sqlite3_finalize(statement);
    sqlite3_close(database);
}

void measure_python(const bench::Folder& folder, int rounds, size_t count)
{
    std::ofstream(folder / "bench_module.py") << "def add(a, b=1):\n    return {'sum': a + b}\n";
    Entry entry(shipped("libpython"), "call", R"(["bench_module.add", 40])",
                R"({"b": 2, "python.path": [")" + (folder / "").string() + R"("]})");
    require(entry.run().value == R"({"sum":42})", "libpython does not add");
    PyGILState_STATE const state = PyGILState_Ensure();
    PyObject* const module = PyImport_ImportModule("bench_module");
    PyObject* const add = PyObject_GetAttrString(module, "add");
    PyObject* const args = Py_BuildValue("(i)", 40);
    PyObject* const kwargs = Py_BuildValue("{s:i}", "b", 2);
    PyThreadState* saved = PyEval_SaveThread();
    const auto bare = [&] {
        PyEval_RestoreThread(saved);
        const double cost = bench::each_ns(count, [&](size_t) { Py_DECREF(PyObject_Call(add, args, kwargs)); });
        saved = PyEval_SaveThread();
        return cost;
    };
    const bench::Pair pair = bench::in_turn(
        rounds, [&] { return each_run(entry, count); }, bare);
    bench::print(bench::at_most("B2", "libpython call over PyObject_Call, ns an invocation", "ns", pair, 30));
    PyEval_RestoreThread(saved);
    PyGILState_Release(state);
}

}  // namespace

int main(int argc, char** argv)
{
    const bool is_quick = bench::is_quick(argc, argv);
    const int rounds = is_quick ? 3 : 11;
    const size_t count = is_quick ? 2'000 : 20'000;
    const bench::Folder folder;
    measure_sqlite(folder, rounds, count);
    measure_python(folder, rounds, count);
}
