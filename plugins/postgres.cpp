// SPDX-License-Identifier: BSD-3-Clause
//
// libpostgres.so: `query` runs one SQL statement over a connection that it keeps.
#include <cstdlib>
#include <set>

#include "postgres_connection.hpp"
#include "postgres_values.hpp"

namespace {

using dumbwaiter::Call;
using dumbwaiter::Failed;

Query read_query(const Call& call)
{
    for (auto const [key, value] : call.kwargs().entries()) {
        if (key != "shape" && key != "readonly" && key != "password")
            throw Failed("kwargs." + std::string(key) + " is unknown; query takes shape, readonly and password");
    }
    Query query;
    query.dsn = call.arg<std::string>(0);
    query.sql = call.arg<std::string>(1);
    query.password = call.kwarg<std::string>("password", "");
    query.is_readonly = call.kwarg<bool>("readonly", true);
    for (std::size_t i = 2; i < call.args().size(); ++i) query.parameters.push_back(parameter_text(call.args()[i], i));
    return query;
}

// The rows of a result as a value, in the shapes that libsqlite.so has too.
class Rows {
public:
    Rows(dw_call* call, const PGresult* result)
        : call_(call), result_(result), rows_(PQntuples(result)), columns_(PQnfields(result))
    {}

    std::int32_t put(const std::string& shape) const
    {
        if (columns_ == 0) return put_changed();
        if (shape == "scalar" || (shape.empty() && rows_ == 1 && columns_ == 1)) return put_scalar();
        check_names();
        if (shape == "row") return put_only_row();
        if (shape == "columns") return put_columns();
        if (shape == "rows" || shape.empty()) return put_rows();
        throw Failed("kwargs.shape = \"" + shape + "\" is none of scalar, row, rows, columns");
    }

private:
    std::int32_t put_changed() const
    {
        return dw_put_i64(call_, std::strtoll(PQcmdTuples(const_cast<PGresult*>(result_)), nullptr, 10));
    }

    std::int32_t put_cell_of(int row, int column) const
    {
        if (PQgetisnull(result_, row, column) != 0) return dw_put_null(call_);
        auto const length = static_cast<std::size_t>(PQgetlength(result_, row, column));
        return put_cell(call_, PQftype(result_, column), {PQgetvalue(result_, row, column), length});
    }

    std::int32_t put_scalar() const
    {
        if (columns_ != 1) refuse("one column");
        if (rows_ > 1) refuse("one row");
        return rows_ == 0 ? dw_put_null(call_) : put_cell_of(0, 0);
    }

    std::int32_t put_row(int row) const
    {
        std::int32_t code = dw_open_map(call_);
        for (int column = 0; column < columns_ && code == DW_OK; ++column) {
            std::string_view const name = PQfname(result_, column);
            code = dw_key(call_, name.data(), name.size());
            if (code == DW_OK) code = put_cell_of(row, column);
        }
        return code == DW_OK ? dw_close(call_) : code;
    }

    std::int32_t put_only_row() const
    {
        if (rows_ > 1) refuse("one row");
        return rows_ == 0 ? dw_put_null(call_) : put_row(0);
    }

    std::int32_t put_rows() const
    {
        std::int32_t code = dw_open_array(call_);
        for (int row = 0; row < rows_ && code == DW_OK; ++row) code = put_row(row);
        return code == DW_OK ? dw_close(call_) : code;
    }

    std::int32_t put_columns() const
    {
        std::int32_t code = dw_open_map(call_);
        for (int column = 0; column < columns_ && code == DW_OK; ++column) {
            std::string_view const name = PQfname(result_, column);
            dw_key(call_, name.data(), name.size());
            code = dw_open_array(call_);
            for (int row = 0; row < rows_ && code == DW_OK; ++row) code = put_cell_of(row, column);
            if (code == DW_OK) code = dw_close(call_);
        }
        return code == DW_OK ? dw_close(call_) : code;
    }

    // Two columns of one name cannot be two keys of one map.
    void check_names() const
    {
        std::set<std::string_view> names;
        for (int column = 0; column < columns_; ++column) {
            if (!names.insert(PQfname(result_, column)).second)
                throw Failed("args[1] gives two columns called \"" + std::string(PQfname(result_, column)) +
                             "\": rename one with AS");
        }
    }

    [[noreturn]] void refuse(const char* wanted) const
    {
        throw Failed(std::string("kwargs.shape wants ") + wanted + ", and args[1] gives " + std::to_string(rows_) +
                     " rows of " + std::to_string(columns_) + " columns");
    }

    dw_call* call_;
    const PGresult* result_;
    int rows_, columns_;
};

std::int32_t run_query(Call& call, Connection& connection)
{
    auto const shape = call.kwarg<std::string>("shape", "");
    Query const query = read_query(call);
    Result const result = connection.run(call, query);
    check_result(result.get());
    return Rows(call.raw(), result.get()).put(shape);
}

constexpr char kQueryArgs[] =
    R"json({"type": "array", "minItems": 2, "prefixItems": [{"type": "string", "description": "DSN, such as )json"
    R"json(postgresql:///shop or service=shop"}, {"type": "string", "minLength": 1, "description": "one SQL statement"}], )json"
    R"json("items": {"description": "its parameters, in order: $1, $2"}, "kwargs": {"properties": {"shape": {"enum": )json"
    R"json(["scalar", "row", "rows", "columns"]}, "readonly": {"type": "boolean"}, "password": {"type": "string"}}, )json"
    R"json("additionalProperties": false}})json";

}  // namespace

DUMBWAITER_STATEFUL_EX(
    query,
    "Rows of a PostgreSQL database (args = DSN, SQL, parameters); kwargs shape = scalar | row | rows "
    "| columns, readonly = true, password",
    Connection, 0, kQueryArgs, NULL, DW_SECONDS(60),
    [](Call& call, Connection& connection) { return dumbwaiter::Outcome{run_query(call, connection)}; });
