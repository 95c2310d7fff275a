// SPDX-License-Identifier: BSD-3-Clause
//
// The C functions that open a store, close it, and read one of its documents.
#include <fmt/format.h>

#include <cstdlib>
#include <cstring>

#include "reader_reading.hpp"
#include "reader_registry.hpp"

using namespace dumbwaiter;

namespace {

int32_t open_reader(const char* path, dw_reader** reader)
{
    if (path == nullptr || *path == '\0') return refuse(DW_MISUSE, "dw_reader_open: no path; give the store's folder");
    auto opened = ReaderRegistry::instance().open(path);
    if (!opened) return refuse(std::move(opened.error()));
    *reader = opened->release();
    return DW_OK;
}

int32_t get_document(dw_reader& reader, const char* database, std::string_view key, char** text, uint64_t* length)
{
    Snapshot snapshot;
    if (auto begun = ReaderRegistry::instance().begin_for_all(reader, snapshot); !begun)
        return refuse(std::move(begun.error()));
    auto handle = snapshot.databases().documents(database);
    if (!handle) return refuse(DW_MISUSE, fmt::format("{} is not a database of documents", database));
    std::string_view json;
    int code = key.empty() ? static_cast<int>(kLmdbNotFound) : snapshot.txn().get(*handle, key, json);
    if (code == kLmdbNotFound || code == kLmdbBadValueSize) {
        return refuse(DW_NOT_FOUND, fmt::format("{} has no document \"{}\"", database, key));
    }
    if (code != kLmdbOk) return refuse(lmdb_error(code, reader.folder, fmt::format("reading {}", database)));
    auto* copy = static_cast<char*>(std::malloc(json.size() + 1));
    if (copy == nullptr) throw std::bad_alloc();
    std::memcpy(copy, json.data(), json.size());
    copy[json.size()] = '\0';
    *text = copy;
    if (length != nullptr) *length = json.size();
    return DW_OK;
}

}  // namespace

extern "C" {

int32_t dw_reader_open(const char* path, dw_reader** reader)
{
    if (reader == nullptr) return refuse(DW_MISUSE, "dw_reader_open: nowhere to leave the reader");
    *reader = nullptr;
    return at_edge([&] { return open_reader(path, reader); });
}

void dw_reader_close(dw_reader* reader)
{
    if (reader != nullptr) ReaderRegistry::instance().close(std::unique_ptr<dw_reader>(reader));
}

int32_t dw_get_document(dw_reader* reader, const char* database, const char* key, char** text, uint64_t* length)
{
    if (text != nullptr) *text = nullptr;
    if (length != nullptr) *length = 0;
    if (reader == nullptr || database == nullptr || key == nullptr || text == nullptr) {
        return refuse(DW_MISUSE, "dw_get_document: no reader, no database, no key, or nowhere to leave the text");
    }
    return at_edge([&] { return get_document(*reader, database, key, text, length); });
}

}  // extern "C"
