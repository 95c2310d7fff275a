// SPDX-License-Identifier: BSD-3-Clause
//
// Opening the store's databases by their names.
#include "databases.hpp"

namespace dumbwaiter {

int Databases::open(LmdbTxn& txn, bool create)
{
    const struct {
        const char* name;
        Database* handle;
    } all[] = {{nullptr, &newest}, {"#history", &history}, {"#errors", &errors},          {"#functions", &functions},
               {"#host", &host},   {kInfoDatabase, &info}, {"#serializers", &serializers}};
    for (const auto& database : all) {
        if (int code = txn.open_database(database.name, create, *database.handle)) return code;
    }
    return kLmdbOk;
}

int Databases::open_first(LmdbTxn& txn)
{
    if (int code = txn.open_database(nullptr, false, newest)) return code;
    return txn.open_database(kInfoDatabase, false, info);
}

std::optional<Database> Databases::documents(std::string_view name) const
{
    if (name == "#functions") return functions;
    if (name == "#host") return host;
    if (name == kInfoDatabase) return info;
    if (name == "#serializers") return serializers;
    return std::nullopt;
}

}  // namespace dumbwaiter
